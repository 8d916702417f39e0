"""Lint: the worktree's policy and owners files, checked both ways against the paths git tracks."""

from __future__ import annotations

import os
import sys

from pytest_syncpoints.errors import BLOCKED, CLEAR, PolicyError
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.gather.git import Repository
