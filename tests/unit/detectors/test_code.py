"""Deleted modules that are still imported, and feature flags that go."""

from __future__ import annotations

import pytest
from tests.detecting import codes, findings

from pytest_syncpoints.subject import Facts


def importing(*lines: tuple[str, str], word: str = "rates") -> Facts:
    return Facts(found={word: lines})


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        pytest.param("app/bill.py", "from shop.rates import today", True, id="from the module"),
        pytest.param("app/bill.py", "import shop.rates as r", True, id="the module itself"),
        pytest.param("app/bill.py", "from shop import orders, rates", True, id="from its package"),
        pytest.param("shop/bill.py", "from .rates import today", True, id="a relative import"),
        pytest.param("shop/bill.py", "from . import rates", True, id="a relative import of the module"),
        pytest.param("shop/deep/bill.py", "from ..rates import today", True, id="from a folder above"),
        pytest.param("app/bill.py", "from bank.rates import today", False, id="another package's"),
        pytest.param("bank/bill.py", "from .rates import today", False, id="another package's, relative"),
        pytest.param("app/bill.py", "# from shop.rates import today", False, id="a comment"),
        pytest.param("app/bill.py", "important = 'import shop.rates'", False, id="a string"),
        pytest.param("tests/test_bill.py", "from shop.rates import today", False, id="a test"),
    ],
)
def test_a_deleted_module_that_others_import(path: str, line: str, *, expected: bool) -> None:
    assert codes({"shop/rates.py": ("x = 1\n", None)}, facts=importing((path, line))) == ["REV001"] * expected


def test_a_module_below_a_folder_of_sources() -> None:
    facts = importing(("app/bill.py", "from shop.rates import today"))
    assert codes({"src/shop/rates.py": ("x = 1\n", None)}, facts=facts) == ["REV001"]


def test_a_deleted_package() -> None:
    facts = importing(("app/bill.py", "from shop.rates import today"))
    assert codes({"shop/rates/__init__.py": ("", None)}, facts=facts) == ["REV001"]


def test_a_module_that_only_moves_is_not_deleted() -> None:
    facts = importing(("app/bill.py", "from shop.rates import today"))
    files: dict[str, tuple[str | None, str | None]] = {
        "shop/rates.py": ("x = 1\n", None),
        "shop/prices.py": (None, "x = 1\n"),
    }
    assert codes({**files}, renamed={"shop/prices.py": "shop/rates.py"}, facts=facts) == []


ASKS = 'if waffle.flag_is_active(request, "new-checkout"):\n    new()\n'


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(ASKS, "new()\n", ["REV001"], id="a flag that is asked no more"),
        pytest.param(ASKS, ASKS.replace("new()", "newer()"), [], id="a flag that is still asked"),
        pytest.param(ASKS, 'FLAG = "new-checkout"\n' + ASKS.replace('"new-checkout"', "FLAG"), [], id="a flag named elsewhere in the file"),
        pytest.param('client.variation("a-flag", user, False)\n', "\n", ["REV001"], id="LaunchDarkly"),
        pytest.param('# client.variation("a-flag", user, False)\n', "\n", [], id="a comment"),
        pytest.param("client.variation(name, user, False)\n", "\n", [], id="a key that is computed"),
    ],
)  # fmt: skip
def test_a_feature_flag(before: str, after: str, expected: list[str]) -> None:
    assert codes({"shop/views.py": (before, after)}) == expected
    assert codes({"tests/test_views.py": (before, after)}) == []


def test_a_flag_that_another_changed_file_asks_for_stays() -> None:
    other = 'client.variation("x-flag", u, 1)\n'
    both = {"shop/a.py": (ASKS + other, "new()\n"), "shop/b.py": (other, ASKS)}
    assert [finding.message.split()[2] for finding in findings({**both})] == ["x-flag", "x-flag"]
