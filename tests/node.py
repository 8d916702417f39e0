"""Node: packages from npm for the tests that hold our output against other people's programs, installed once."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

asked_for = [
    pytest.mark.skipif(os.environ.get("SYNCPOINTS_CONTRACT") != "1", reason="SYNCPOINTS_CONTRACT=1 asks for them"),
    pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="node or npm is not there"),
]


def node_modules(name: str, *packages: str) -> Path:
    """Return the folder with these packages; skips the test where npm cannot install them.

    They go into one folder a name and user, outside the checkout. SYNCPOINTS_NODE_MODULES names a folder that has
    them already.
    """
    given = os.environ.get("SYNCPOINTS_NODE_MODULES")
    if given and all((Path(given) / package.rpartition("@")[0]).is_dir() for package in packages):
        return Path(given)
    folder = Path(tempfile.gettempdir()) / f"syncpoints-{name}-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first of xdist's workers installs, the others wait
        if not (folder / "installed").exists():
            command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
            done = subprocess.run([*command, *packages], capture_output=True, text=True, timeout=300, check=False)
            if done.returncode != 0:
                pytest.skip(f"npm could not install {', '.join(packages)}: {done.stderr[-300:]}")
            (folder / "installed").touch()
    return folder / "node_modules"
