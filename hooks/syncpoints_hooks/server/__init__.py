"""Server: the hook of a self-hosted repository, which refuses a push instead of advising its author."""
