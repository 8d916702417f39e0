"""Effective size of Python: what changes nothing counts nothing, and what changes something is never nothing."""

from __future__ import annotations

import difflib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import a_file

from pytest_syncpoints.change import FileChange, Hunk, split_lines
from pytest_syncpoints.gather.contents import read_contents
from pytest_syncpoints.policy import NO_POLICY
from pytest_syncpoints.size import Size, measure

BODY = """\
def post_entry(ledger, amount, currency):
    total = ledger.balance + amount
    if currency != ledger.currency:
        total = convert_amount(total, currency)
    return total
"""


LONGER = BODY.replace("post_entry", "post_many_entries") + BODY.replace("post_entry", "undo_entry")


def hunks(old: bytes, new: bytes) -> tuple[Hunk, ...]:
    before, after = split_lines(old), split_lines(new)
    blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return tuple(
        Hunk(a + (b > a), b - a, c + (d > c), d - c, tuple(before[a:b]), tuple(after[c:d]))
        for tag, a, b, c, d in blocks
        if tag != "equal"
    )


def size_of(**sides: tuple[str | bytes | None, str | bytes | None]) -> Size:
    """Measure a change of files given as ``name=(before, after)``; ``__`` in a name stands for a dot."""
    blobs: dict[str, bytes] = {}
    files: list[FileChange] = []
    for name, texts in sides.items():
        old, new = (text.encode() if isinstance(text, str) else text for text in texts)
        oid = f"{len(blobs):040x}"
        blobs[oid] = old or b""
        status = "A" if old is None else ("D" if new is None else "M")
        path = name.replace("__", ".")
        files.append(a_file(path=path, status=status, old_oid=oid, hunks=hunks(old or b"", new or b"")))
    contents = read_contents(files, NO_POLICY, frozenset(), blobs.__getitem__)
    return measure(files, NO_POLICY, frozenset(), contents)


def effective(old: str | bytes | None, new: str | bytes | None) -> int:
    return size_of(a__py=(old, new)).effective


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("a = 1\n", "\n\na = 1  # why\n# more\n", id="blank lines and comments"),
        pytest.param("f(a, b)\n", "f(\n    a,\n    b,\n)\n", id="a call spread over lines"),
        pytest.param("a = 'x'\n", 'a = "x"\n', id="other quotes"),
        pytest.param("a = 'x' 'y'\n", "a = 'xy'\n", id="strings joined"),
        pytest.param("a = 1; b = 2\n", "a = 1\nb = 2\n", id="one statement a line"),
        pytest.param("a = (1)\n", "a = 1\n", id="parentheses nobody needs"),
        pytest.param("a = 0XFF\n", "a = 255\n", id="a number written in another way"),
        pytest.param("def f():\n    return 1\n", 'def f():\n    """Say one."""\n    return 1\n', id="a docstring"),
        pytest.param(
            "class A:\n    'x'\n    a = 1\n", "class A:\n    '''x\n\n    y'''\n    a = 1\n", id="a longer one"
        ),
        pytest.param("if a:\n  b()\n", "if a:\n        b()\n", id="a deeper indent"),
        pytest.param(
            "if a:\n    b()\nelse:\n    if c:\n        d()\n", "if a:\n    b()\nelif c:\n    d()\n", id="elif"
        ),
        pytest.param("import b\nimport a\n", "import a\nimport b\n", id="imports sorted"),
        pytest.param("from m import (b, a)\n", "from m import a\nfrom m import b\n", id="an import taken apart"),
        pytest.param("import a.b\nimport a.c\n", "import a.c\nimport a.b\n", id="two submodules of one package"),
        pytest.param("a = 1\r\nb = 2\r\n", "a = 1\nb = 2\n", id="line ends of Windows"),
        pytest.param("\ufeffa = 1\n", "a = 1\n", id="a byte order mark"),
        pytest.param(f"{BODY}\n\n{LONGER}", f"{LONGER}\n\n{BODY}", id="a function moved within its file"),
        pytest.param(BODY, f"def before():\n    pass\n\n{BODY}".replace("def before():\n    pass\n\n", ""), id="equal"),
    ],
)
def test_what_reads_the_same_counts_nothing(old: str, new: str) -> None:
    assert effective(old, new) == 0
    assert effective(new, old) == 0


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        pytest.param("a = 1\n", "a = 2\n", 2, id="a value"),
        pytest.param("", "a = 1\nb = 2\n", 2, id="two new statements"),
        pytest.param(
            "check()\n", '"""\ncheck()\n"""\n', 1, id="a call made a docstring counts, though no line of it changed"
        ),
        pytest.param("if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n", 2, id="a call that leaves an if"),
        pytest.param("b()\n", "if a:\n    b()\n", 1, id="a call that enters a new if: the if alone"),
        pytest.param(
            "for a in b:\n    if a:\n        c()\n    else:\n        d()\n",
            "for a in b:\n    if a:\n        c()\nelse:\n    d()\n",
            2,
            id="an else that changes its owner",
        ),
        pytest.param("a()\nb()\n", "b()\na()\n", 2, id="the order of calls"),
        pytest.param(
            "def f():\n    first_of_all_calls(1)\n    second_of_all_calls(2)\n",
            "def f():\n    second_of_all_calls(2)\n    first_of_all_calls(1)\n",
            2,
            id="the order of long calls in a function",
        ),
        pytest.param(
            "from a import x\nfrom b import x\n",
            "from b import x\nfrom a import x\n",
            2,
            id="imports of one name: the last wins",
        ),
        pytest.param(
            "from a import *\nfrom b import *\n",
            "from b import *\nfrom a import *\n",
            2,
            id="star imports: any name may be in both",
        ),
        pytest.param("import a\n", "import a\nimport b\n", 1, id="a new import"),
        pytest.param(
            "from billing.core.expression import Expression\n\nif TYPE_CHECKING:\n    x = 1\n",
            "if TYPE_CHECKING:\n    from billing.core.expression import Expression\n    x = 1\n",
            2,
            id="an import that moves under a condition that was there",
        ),
        pytest.param("import a\n", "if x:\n    import a\n", 1, id="an import that becomes conditional: the if alone"),
        pytest.param("a = '''\nx\n'''\n", "a = '''\n\nx\n'''\n", 2, id="a blank line in a string"),
        pytest.param(
            "def f():\n    x = '''\n    a\n    '''\n",
            "if g:\n    def f():\n        x = '''\n        a\n        '''\n",
            7,
            id="a string indented with its code",
        ),
        pytest.param("def f(): pass\n", "async def f(): pass\n", 2, id="async"),
        pytest.param("def f():\n    pass\n", "@cache\ndef f():\n    pass\n", 2, id="a decorator"),
        pytest.param("a = 1\n", "a = True\n", 2, id="1 is not True"),
        pytest.param("a = 0.0\n", "a = -0.0\n", 2, id="nor 0.0 -0.0"),
        pytest.param("a = 'x'\n", "a = b'x'\n", 2, id="nor text bytes"),
        pytest.param("f(a)\n", "f(*a)\n", 2, id="a star"),
        pytest.param(
            "try:\n    a()\nexcept E:\n    b()\n", "try:\n    a()\nfinally:\n    b()\n", 2, id="except made finally"
        ),
    ],
)
def test_what_reads_otherwise_counts(old: str, new: str, lines: int) -> None:
    assert effective(old, new) >= 1
    assert effective(old, new) == lines


def test_a_function_moved_to_another_file_counts_nothing_and_what_is_new_beside_it_counts() -> None:
    size = size_of(a__py=(f"import os\n\n\n{BODY}", "import os\n"), b__py=("x = 1\n", f"x = 1\ny = 2\n\n\n{BODY}"))
    assert {path: (one.effective, one.reason) for path, one in size.files.items()} == {
        "a.py": (0, "moved"),
        "b.py": (1, ""),
    }
    assert size.files["b.py"].moved == 5


def test_a_function_moved_and_changed_counts_what_changed() -> None:
    changed = BODY.replace("amount, currency", "amount, currency, when")
    assert size_of(a__py=(BODY, ""), b__py=("", changed)).effective == 2


def test_a_check_that_moves_from_one_function_to_another_counts() -> None:
    check = "    require_permission(user, 'post_entry')\n"
    old = f"def a(user):\n{check}    x()\n\n\ndef b(user):\n    y()\n"
    new = f"def a(user):\n    x()\n\n\ndef b(user):\n{check}    y()\n"
    assert effective(old, new) == 2


def test_a_field_that_moves_from_one_class_to_another_counts() -> None:
    field = "    balance = models.DecimalField(max_digits=12, decimal_places=2)\n"
    old = f"class A(Model):\n{field}    x = 1\n\n\nclass B(Model):\n    y = 1\n"
    new = f"class A(Model):\n    x = 1\n\n\nclass B(Model):\n{field}    y = 1\n"
    assert effective(old, new) == 2


@pytest.mark.parametrize(
    ("content", "because"),
    [
        pytest.param(b"print 'hello'\n", "line 1", id="Python 2"),
        pytest.param(b"def f(:\n", "line 1", id="a syntax error"),
        pytest.param(b"(" * 5000, "line 1", id="5,000 open parentheses"),
        pytest.param(b"x = " + b"-" * 60_000 + b"1\n", "nested too deeply", id="60,000 minus signs"),
        pytest.param(b"x = 1" + b" + 1" * 40_000 + b"\n", "nested too deeply", id="40,000 terms"),
        pytest.param(b"# coding: utf-7\nx = 1\n", "the encoding 'utf-7'", id="utf-7"),
        pytest.param(
            b"#!x\n# -*- coding: rot13 -*-\nx = 1\n", "the encoding 'rot13'", id="a codec that is no encoding"
        ),
        pytest.param(b"# coding: no_such\nx = 1\n", "the encoding 'no-such'", id="an unknown encoding"),
        pytest.param(b"x = '\xff'\n", "is not utf-8", id="bytes that are no UTF-8"),
        pytest.param(b"x = 1\rimport os\r", "carriage return", id="line ends of old Macs"),
        pytest.param(b"x = 1\0\n", "NUL", id="a NUL byte"),
        pytest.param(b"x = 1\n" * 3_500_000, "more than 4,096 KiB", id="20 MB"),
        pytest.param(b"x = 1\n" * 400_000, "too large", id="2 MB whose tree does not fit"),
    ],
)
def test_what_cannot_be_read_is_the_highest_class_and_never_zero(content: bytes, because: str) -> None:
    size = size_of(a__py=(None, content)) if len(content) > 1_000_000 else size_of(a__py=(b"x = 2\n", content))
    one = size.files["a.py"]
    assert one.unreadable
    assert because in one.because
    assert size.effective >= 1
    assert size.review_minutes >= 5


def test_syntax_of_a_later_python_is_not_read_as_nothing() -> None:
    text = "t = t'{x}'\n"
    try:
        compile(text, "x", "exec")
    except SyntaxError:
        assert size_of(a__py=("", text)).files["a.py"].unreadable
    else:
        assert effective("", text) == 1


def test_a_file_that_only_its_old_side_kept_from_being_read_counts_line_by_line() -> None:
    size = size_of(a__py=("print 'x'\n", "# new\nprint('x')\n"))
    assert (size.effective, size.files["a.py"].unreadable) == (3, False)


def test_a_large_file_is_read_in_the_child_with_the_same_answer() -> None:
    rest = "".join(f"name_{n} = {n}\n" for n in range(12_000))
    assert effective(f"{rest}f(a, b)\nx = 1\n", f"{rest}f(a,\n  b)\nx = 2\n") == 2


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        pytest.param("uv__lock", "a\n", "b\n", "generated", id="a lock file"),
        pytest.param("app__min__js", "a\n", "b\n", "generated", id="minified"),
        pytest.param("a__py", "# @generated\nx = 1\n", "# @generated\nx = 2\n", "generated", id="marked at the base"),
        pytest.param("a__go", None, "// Code generated by x. DO NOT EDIT.\nx\n", "generated", id="new and marked"),
        pytest.param(
            "a__py", "x = 1\n", "# @generated\nx = 2\n", "", id="a marker that this change adds does not hide it"
        ),
        pytest.param("a__py", None, "x = '@generated'\n", "", id="the word in a string"),
    ],
)
def test_generated_files_count_nothing_by_name_or_marker(name: str, old: str | None, new: str, reason: str) -> None:
    size = size_of(**{name: (old, new)})
    (one,) = size.files.values()
    assert (one.reason, bool(one.effective)) == (reason, not reason)
    assert bool(size.excluded) == bool(reason)


@pytest.mark.parametrize(("tier", "minutes"), [("critical", 30), ("normal", 20), ("experiment", 12)])
def test_reading_takes_longer_where_more_depends_on_it(tier: str, minutes: int) -> None:
    file = a_file(path="a.txt", status="A", hunks=hunks(b"", b"".join(b"line %d\n" % n for n in range(100))))
    assert measure([file], NO_POLICY, frozenset(), tiers={"a.txt": tier}).review_minutes == minutes


STATEMENTS = st.recursive(
    st.sampled_from(
        ("a = f(1, 2)", "return_(x)", "b = [1, 2, {3: 4}]", "assert c, 'd'", "import e", "del g", "x += 1")
    ).map(lambda line: [line]),
    lambda inner: st.tuples(
        st.sampled_from(("if a:", "def f(x, y=1):", "class C(B):", "for i in j:", "while k:", "with l as m:")),
        st.lists(inner, min_size=1, max_size=3),
    ).map(lambda made: [made[0], *(f"    {line}" for block in made[1] for line in block)]),
    max_leaves=12,
)
MODULES = st.lists(STATEMENTS, min_size=1, max_size=6).map(lambda blocks: [line for block in blocks for line in block])


def reformatted(lines: list[str], choices: st.DataObject) -> str:
    """Write the same statements in another way: comments, blank lines, deeper indents, calls over several lines."""
    result = []
    width = choices.draw(st.sampled_from((1, 2, 8)))
    for line in lines:
        depth = (len(line) - len(line.lstrip())) // 4
        text = line.strip()
        how = choices.draw(st.integers(0, 4))
        if how == 1:
            result.append("")
        if how == 2:
            result.append(f"{' ' * depth * width}# a comment")
        if how == 3:
            text = re.sub(r"([(\[{,]) ?(?=[0-9])", rf"\1\n{' ' * 30}", text)
        result.append(f"{' ' * depth * width}{text}{'  # why' if how == 4 else ''}")
    return "\n".join(result) + "\n"


@settings(max_examples=150, deadline=None)
@given(MODULES, st.data())
def test_a_reformatter_changes_nothing(lines: list[str], choices: st.DataObject) -> None:
    assert effective("\n".join(lines) + "\n", reformatted(lines, choices)) == 0


@settings(max_examples=150, deadline=None)
@given(MODULES, st.integers(1, 9), st.data())
def test_k_new_statements_count_at_least_k(lines: list[str], k: int, choices: st.DataObject) -> None:
    tops = [at for at, line in enumerate(lines) if not line.startswith(" ")] + [len(lines)]
    at = choices.draw(st.sampled_from(tops))
    new = [*lines[:at], *(f"new_name_{n} = {n}" for n in range(k)), *lines[at:]]
    assert effective("\n".join(lines) + "\n", "\n".join(new) + "\n") >= k


@settings(max_examples=300, deadline=None)
@given(st.permutations(range(6)), st.integers(0, 6))
def test_functions_moved_about_within_and_across_files_count_nothing(order: list[int], kept: int) -> None:
    # No line stands in two of them: a diff may pair equal lines of different functions, and then part of one counts.
    functions = [
        re.sub(r"\b(post_entry|total|currency|amount|ledger|convert_amount)\b", rf"\1_{n}", BODY) for n in range(6)
    ]
    one, two = ("\n\n".join(functions[n] for n in part) for part in (order[:kept], order[kept:]))
    assert size_of(a__py=("\n\n".join(functions), one), b__py=("", two)).effective == 0


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_bytes_make_it_raise_or_answer_less_than_one_for_what_it_cannot_read(old: bytes, new: bytes) -> None:
    one = size_of(a__py=(old, new)).files["a.py"]
    assert one.effective >= 1 or not one.unreadable
