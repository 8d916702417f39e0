"""The version, once more than in pyproject.toml: asking the installation for it takes longer than a commit hook."""

VERSION = "0.1.0"
