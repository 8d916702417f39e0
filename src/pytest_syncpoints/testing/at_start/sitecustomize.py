"""What Python runs when a child of a test starts with this folder on its path (``--syncpoints-subprocesses``).

It measures the child and then runs the ``sitecustomize`` it stands in front of. Whatever goes wrong here is silent:
the child is somebody's program, perhaps on another Python, and must not notice.
"""

import os
import sys


def _measure(package: str) -> None:
    added = os.path.dirname(package)
    sys.path.append(added)  # the child may run where this package is not installed
    try:
        from pytest_syncpoints.testing.children import measure

        measure()
    except Exception:  # noqa: BLE001, S110  # see above
        pass
    finally:
        sys.path.remove(added)


def _run_the_next(here: str) -> None:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    others = [place for place in sys.path if os.path.abspath(place) != here]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


_HERE = os.path.dirname(os.path.abspath(__file__))
_measure(os.path.dirname(os.path.dirname(_HERE)))
_run_the_next(_HERE)
