"""The code of a mutant is compiled from what stands around it alone, and is what the whole file would give."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pytest_syncpoints.testing import warm
from pytest_syncpoints.testing.mutants import mutants_of

SOURCE = """\
from __future__ import annotations
import functools
try: import os.path as p
except ImportError: p = None
f = lambda a: a + 1; g = lambda a: a + 2
def h(a): return a - p.join(1)
class A(dict):
    x = 1
    @functools.lru_cache
    def __f(self, a):
        def inner(b, *, c=2):
            nonlocal a
            a += b < c
            return [d + a for d in range(b) if d]
        return inner
    class B:
        def g(self, __y): return super().__init__() or self.__x + __y
        def z(self): pass; y = lambda: [lambda: 1]; z = lambda: [lambda: 2]
    if x:
        def g(self): return -1
        async def k(self):
            async with self: return await self - 1
    else:
        def g(self): return -2
def h(a): return a - p.join(1)
"""
WARM = Path(warm.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("source", [SOURCE, WARM], ids=["odd shapes", "a real file"])
def test_what_stands_around_a_mutant_gives_the_code_the_whole_file_would_give(source: str) -> None:
    tree = ast.parse(source)
    found = mutants_of(tree, frozenset(range(1, source.count("\n") + 1)))
    changed = 0
    original = dict(warm._keyed(compile(tree, "product.py", "exec", dont_inherit=True)))
    for mutant in found:
        code = warm._mutated(warm.Job("product.py", "product.py", tree, mutant, (), ()))
        mutant.put(mutant.new)
        whole = dict(warm._keyed(compile(tree, "product.py", "exec", dont_inherit=True)))
        mutant.put(mutant.old)
        functions = {key for key, one in code.items() if one.co_flags & 2}  # CO_NEWLOCALS: no class body
        assert {key: code[key] for key in functions} == {key: whole[key] for key in functions}
        differing = {key for key, one in whole.items() if one.co_flags & 2 and one != original.get(key)}
        assert differing <= functions
        changed += bool(differing)
    assert changed
