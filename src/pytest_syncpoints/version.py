"""The version, once more than in pyproject.toml: asking the installation for it takes longer than a commit hook."""

VERSION = "0.1.0"
# Where editors find the schemas; a policy that `syncpoints init` writes names one in its first line.
SCHEMAS = "https://raw.githubusercontent.com/pytest-syncpoints/pytest-syncpoints/main/src/pytest_syncpoints/schemas"
