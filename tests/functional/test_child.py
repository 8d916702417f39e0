"""Hostile input in a killable child: each way to lose a job costs that one answer, and never the run."""

from __future__ import annotations

import pytest

from pytest_syncpoints.gather.child import Answer, Job, Limits, run_in_child

SHORT = Limits(seconds=3.0, memory=256 << 20, answer=1 << 20, largest=1 << 16, restarts=2)
FINE = Job("builtins:eval", (b"6 * 7",))


def doing(code: str) -> Job:
    """Return a job that does in the child what a hostile input could make a parser do."""
    return Job("builtins:exec", (code.encode(),))


def test_a_job_gets_every_byte_of_its_parts_and_answers_plain_data() -> None:
    parts = bytes(range(256)) + b"\n12 34\n", b""
    assert run_in_child([Job("builtins:repr", parts[:1]), Job("os.path:join", (b"a", b"b"))]) == [
        Answer(repr(parts[0])),
        Answer(None, "TypeError: Object of type bytes is not JSON serializable"),
    ]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        pytest.param("import os; os.abort()", "stopped by signal 6", id="it aborts"),
        pytest.param("import os; os.kill(os.getpid(), 11)", "stopped by signal 11", id="it overruns the stack"),
        pytest.param("import os; os._exit(0)", "ended early (0)", id="it leaves with success"),
        pytest.param("while True: pass", "longer than 3 s", id="it never ends"),
        pytest.param("import time; time.sleep(60)", "longer than 3 s", id="it waits for ever"),
        pytest.param("x = bytearray(1 << 30)", "too much memory", id="it wants a gigabyte"),
        pytest.param("f = lambda g: g(g)\nf(f)", "nested too deeply", id="it recurses without end"),
        pytest.param("raise KeyError('x')", "KeyError", id="it raises"),
        pytest.param("raise SystemExit(0)", "ended early", id="it asks to exit"),
        pytest.param("import os\nwhile True: os.write(3, b'x' * 9999)", "MiB", id="it floods its answers"),
        pytest.param("import os; os.write(3, b'[]\\n')", "nonsense", id="it answers in another's name"),
        pytest.param("open('left-behind', 'wb', 0).write(b'x')", "OSError", id="it writes a file"),
    ],
)
def test_a_lost_job_has_a_fault_and_the_others_their_answers(
    code: str, fault: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    before, lost, after = run_in_child([FINE, doing(code), FINE], SHORT)
    assert (before.value, lost.value) == (42, None)
    assert fault in lost.fault
    assert after in (Answer(42), Answer(None))  # None: it answered in another's name


def test_what_is_too_large_is_not_even_tried() -> None:
    assert run_in_child([Job("builtins:len", (b"x" * ((1 << 16) + 1),)), FINE], SHORT) == [
        Answer(fault="more than 64 KiB"),
        Answer(42),
    ]


def test_after_so_many_lost_children_the_rest_is_given_up_and_never_passes() -> None:
    answers = run_in_child([doing("import os; os.abort()")] * 5 + [FINE], SHORT)
    assert all(answer.fault for answer in answers)


def test_nothing_beside_the_checkout_is_imported(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise RuntimeError", encoding="utf-8")  # type: ignore[operator]
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert run_in_child([FINE]) == [Answer(42)]


def test_without_jobs_there_is_no_answer() -> None:
    assert run_in_child([]) == []
