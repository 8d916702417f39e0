"""What a change takes from a contract test, told from the text before and after."""

from __future__ import annotations

import textwrap

import pytest

from pytest_syncpoints.testing.contracts import _taken
from pytest_syncpoints.testing.shapes import shapes_in

TEST = """\
def test_balance():
    assert balance() == 1
    assert balance() > 0
"""
CASES = f'@pytest.mark.parametrize("n", [1, 2, 3])\n{TEST}'
UNITTEST = """\
class TestLedger(unittest.TestCase):
    def test_balance(self):
        self.assertEqual(balance(), 1)
"""
HELPER = """\
def check(value):
    assert value == 1
def test_balance():
    check(balance())
"""
SKIPPED = "is now skipped or expected to fail"
GUARDED = "may end without {} of its 2 assertions: a condition, try or return is new"


def body(text: str) -> str:
    return "def test_balance():\n" + textwrap.indent(textwrap.dedent(text), "    ")


WEAKER = [
    pytest.param(TEST, body("assert True\nassert 1"), "lost 2 of its 2 assertions", id="assertions made true"),
    pytest.param(
        TEST, body("assert balance() == balance()\nassert balance() > 0"), "lost 1 of its 2 assertions", id="x == x"
    ),
    pytest.param(
        TEST,
        body("assert balance() == 1 or True\nassert balance() > 0"),
        "lost 1 of its 2 assertions",
        id="or True",
    ),
    pytest.param(
        TEST,
        body('assert (balance() == 1, "one")\nassert balance() > 0'),
        "lost 1 of its 2 assertions",
        id="a tuple is always true",
    ),
    pytest.param(
        TEST,
        body("return\nassert balance() == 1\nassert balance() > 0"),
        "lost 2 of its 2 assertions",
        id="a return before them",
    ),
    pytest.param(
        TEST,
        body("if slow:\n    return\nassert balance() == 1\nassert balance() > 0"),
        GUARDED.format(2),
        id="a return under a condition",
    ),
    pytest.param(
        TEST,
        body("try:\n    assert balance() == 1\nexcept AssertionError:\n    pass\nassert balance() > 0"),
        GUARDED.format(1),
        id="a try that swallows",
    ),
    pytest.param(
        TEST,
        body("with contextlib.suppress(Exception):\n    assert balance() == 1\nassert balance() > 0"),
        GUARDED.format(1),
        id="suppress",
    ),
    pytest.param(
        TEST,
        body("if sys.platform == 'win32':\n    assert balance() == 1\nassert balance() > 0"),
        GUARDED.format(1),
        id="a condition around",
    ),
    pytest.param(
        TEST,
        body("if False:\n    assert balance() == 1\nassert balance() > 0"),
        "lost 1 of its 2 assertions",
        id="if False around",
    ),
    pytest.param(TEST, f"if windows:\n{textwrap.indent(TEST, '    ')}", SKIPPED, id="defined under a condition"),
    pytest.param(TEST, f"__test__ = False\n{TEST}", SKIPPED, id="__test__ = False"),
    pytest.param(TEST, f"pytest.skip('no', allow_module_level=True)\n{TEST}", SKIPPED, id="a skipped module"),
    pytest.param(TEST, f"numpy = pytest.importorskip('numpy')\n{TEST}", SKIPPED, id="importorskip for the module"),
    pytest.param(
        TEST, f"later = pytest.mark.skipif(True, reason='')\n@later\n{TEST}", SKIPPED, id="a mark kept under a name"
    ),
    pytest.param(TEST, f"pytestmark: list = [pytest.mark.xfail]\n{TEST}", SKIPPED, id="an annotated pytestmark"),
    pytest.param(
        UNITTEST,
        UNITTEST.replace("    def", "    @unittest.skipUnless(False, '')\n    def"),
        SKIPPED,
        id="skipUnless of unittest",
    ),
    pytest.param(
        UNITTEST,
        UNITTEST.replace("    def", "    @unittest.expectedFailure\n    def"),
        SKIPPED,
        id="expectedFailure of unittest",
    ),
    pytest.param(
        UNITTEST,
        UNITTEST.replace("balance(), 1", "1, 1"),
        "lost 1 of its 1 assertions",
        id="assertEqual of the same",
    ),
    pytest.param(CASES, CASES.replace("[1, 2, 3]", "[1]"), "lost 2 of its 3 cases", id="cases removed"),
    pytest.param(CASES, f"N = (1, 2)\n{CASES.replace('[1, 2, 3]', 'N')}", "lost 1 of its 3 cases", id="in a list"),
    pytest.param(CASES, TEST, "lost 2 of its 3 cases", id="parametrize removed"),
    pytest.param(
        CASES,
        CASES.replace("3]", "pytest.param(3, marks=pytest.mark.skip)]"),
        SKIPPED,
        id="one case skipped",
    ),
    pytest.param(
        HELPER, HELPER.replace("    check(", "    print("), "lost 1 of its 1 assertions", id="helper not called"
    ),
    pytest.param(TEST, "def test_balance(:\n", "is gone", id="no longer Python"),
]


def taken(before: str, after: str) -> list[str]:
    old, new = shapes_in(before.encode()), shapes_in(after.encode())
    return [what for name, shape in old.items() for what in _taken(name, shape, new.get(name))]


@pytest.mark.parametrize(("before", "after", "said"), WEAKER)
def test_a_weaker_contract_is_told(before: str, after: str, said: str) -> None:
    assert said in taken(before, after)


def test_a_function_that_contract_tests_call_is_looked_at_too() -> None:
    assert taken(HELPER, HELPER.replace("assert value == 1", "assert value")) == []
    assert taken(HELPER, HELPER.replace("assert value == 1", "assert True"))[0] == "lost 1 of its 1 assertions"


SAME = [
    pytest.param(TEST, TEST.replace("assert balance()", "assert ledger.balance()"), id="other names"),
    pytest.param(TEST, TEST + "    assert balance() < 2\n", id="an assertion more"),
    pytest.param(
        TEST,
        body("try:\n    assert balance() == 1\nexcept ValueError:\n    raise\nassert balance() > 0"),
        id="a narrow try",
    ),
    pytest.param(TEST, body("with opened():\n    assert balance() == 1\nassert balance() > 0"), id="a with"),
    pytest.param(TEST, body("for n in range(2):\n    assert balance() == n\nassert balance() > 0"), id="a loop"),
    pytest.param(CASES, CASES.replace("[1, 2, 3]", "CASES"), id="cases nobody can count"),
    pytest.param(CASES, CASES.replace("[1, 2, 3]", "[1, 2, 3, 4]"), id="a case more"),
    pytest.param(
        TEST, f"later = pytest.mark.skip(reason='')\n{TEST}\n@later\ndef test_new(): pass\n", id="another test skipped"
    ),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_what_asks_as_much_as_before_is_not(before: str, after: str) -> None:
    assert taken(before, after) == []
