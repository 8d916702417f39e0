"""How the documentation is built: ``python -m sphinx -n -W --keep-going -b html docs build/docs``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "pytest-syncpoints"
author = "the pytest-syncpoints developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "repository_links", "reference_pages"]
exclude_patterns = ["_build", "_ext"]
html_theme = "furo"
html_title = "pytest-syncpoints"
myst_heading_anchors = 4
nitpick_ignore_regex = [("py:.*", r".*")]  # annotations name types of our own that have no page
