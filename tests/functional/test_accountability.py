"""Accountability: who answers for machine-written hunks, what keeps that word and what makes it lapse."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.project import Project
from tests.signing import SIGNERS, Keys

if TYPE_CHECKING:
    from pathlib import Path

TWENTY = [f"value_{n} = {n}\n" for n in range(20)]
BOT = "helper[bot]@example.org"
CO_AUTHOR = "Change values\n\nCo-authored-by: {who}\n"
# Twelve assistants and bots, as they sign their work.
MACHINES = [
    "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
    "renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>",
    "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>",
    "pre-commit-ci[bot] <66853113+pre-commit-ci[bot]@users.noreply.github.com>",
    "Claude <noreply@anthropic.com>",
    "Copilot <198982749+Copilot@users.noreply.github.com>",
    "Cursor <cursoragent@cursor.com>",
    "aider (model-x) <noreply@aider.chat>",
    "openhands <openhands@all-hands.dev>",
    "Amp <amp@ampcode.com>",
    "Codex <codex@openai.com>",
    "devin-ai-integration[bot] <158243242+devin-ai-integration[bot]@users.noreply.github.com>",
]


def text(**changed: str) -> str:
    lines = list(TWENTY)
    for key, value in changed.items():
        lines[int(key[1:])] = value + "\n"
    return "".join(lines)


def hum(project: Project, *words: str) -> list[Any]:
    report = project.check("--base", "main", *words)
    return [found for found in report["findings"] if found["rule"].startswith("HUM")]


@pytest.fixture
def branch(project: Project) -> Project:
    project.commit({"a.py": text()})
    return project.branch("feature")


def machine_commit(project: Project, content: str = text(_2="machine = 2")) -> None:
    project.commit_as(BOT, {"a.py": content})


def answered(branch: Project) -> Project:
    machine_commit(branch)
    assert branch.run("signoff", "machine", "--base", "main").code == 0
    assert hum(branch) == []
    return branch


@pytest.mark.parametrize("who", MACHINES)
def test_a_co_author_trailer_of_an_assistant_or_bot_asks_for_a_person(branch: Project, who: str) -> None:
    branch.commit({"a.py": text(_2="x = 2")}, CO_AUTHOR.format(who=who))
    (found,) = hum(branch)
    assert found["rule"] == "HUM001"
    assert found["level"] == "note"
    assert who in found["message"]
    assert branch.check("--base", "main")["change"]["commits"][0]["machine"] is True


@pytest.mark.parametrize(
    ("trailer", "told"),
    [
        pytest.param("Assisted-by: Helper:model-4", True, id="the kernel's form of assistance"),
        pytest.param("Generated-by: a code generator", True, id="the foundation's form of generation"),
        pytest.param("Assisted-by: Bob Example <bob@example.org>", False, id="a person who assisted"),
        pytest.param("Co-authored-by: Bob Example <bob@example.org>", False, id="a person as co-author"),
        pytest.param("Co-authored-by: Helper", False, id="a co-author without an address"),
        pytest.param("Reviewed-by: helper[bot] <helper[bot]@example.org>", False, id="a machine that only reviewed"),
        pytest.param("Signed-off-by: Alice Example <alice@example.org>", False, id="no trailer of assistance"),
    ],
)
def test_which_trailers_tell_of_a_machine(branch: Project, trailer: str, told: bool) -> None:
    branch.commit({"a.py": text(_2="x = 2")}, f"Change\n\n{trailer}\n")
    assert bool(hum(branch)) is told


def test_without_any_mark_nothing_is_asked(branch: Project) -> None:
    branch.commit({"a.py": text(_2="x = 2")})
    assert hum(branch) == []


def test_in_ci_it_blocks_until_the_author_answers(branch: Project) -> None:
    branch.commit({"a.py": text(_2="x = 2")}, "Change\n\nAssisted-by: Helper:4\n")
    assert [found["level"] for found in hum(branch, "--door", "ci")] == ["block"]
    outcome = branch.run("signoff", "machine", "--base", "main")
    assert outcome.code == 0, outcome
    assert "Alice Example <alice@example.org> answers for 2 machine-written lines in 1 file" in outcome.out
    assert hum(branch, "--door", "ci") == []


def test_a_rebase_keeps_the_word(branch: Project) -> None:
    answered(branch)
    branch.git("switch", "-q", "main")
    branch.commit({"b.py": "other\n", "a.py": text(_15="above = 1")})
    branch.git("rebase", "-q", "--keep-empty", "main", "feature")
    assert hum(branch) == []


def test_a_squash_that_keeps_the_trailers_keeps_the_word(branch: Project) -> None:
    answered(branch)
    trailer = branch.git("log", "-1", "--format=%(trailers)")
    branch.git("reset", "-q", "--soft", "main")
    branch.commit(message=f"Squashed\n\nCo-authored-by: Helper <{BOT}>\n{trailer}")
    assert hum(branch) == []


def test_an_edit_by_the_machine_after_the_word_makes_it_lapse(branch: Project) -> None:
    answered(branch)
    machine_commit(branch, text(_2="machine = 3"))
    (found,) = hum(branch)
    assert "Alice Example's word lapsed: the machine-written hunks changed since" in found["message"]


def test_a_person_who_edits_elsewhere_in_the_file_keeps_the_word(branch: Project) -> None:
    answered(branch)
    branch.commit({"a.py": text(_2="machine = 2", _15="human = 15")})
    assert hum(branch) == []


def test_a_person_who_edits_inside_a_machine_written_hunk_makes_it_lapse(branch: Project) -> None:
    machine_commit(branch, text(_2="machine = 2", _3="machine = 3"))
    branch.run("signoff", "machine", "--base", "main")
    branch.commit({"a.py": text(_2="machine = 2", _3="human = 3")})
    assert [found["rule"] for found in hum(branch)] == ["HUM001"]


def test_a_person_who_replaces_every_machine_written_line_leaves_none(branch: Project) -> None:
    machine_commit(branch)
    branch.commit({"a.py": text(_2="human = 22")})
    (found,) = hum(branch)  # what the machine took is still taken
    assert "2 lines in 1 file" in found["message"]
    branch.commit({"a.py": text(_15="human = 15")})
    assert hum(branch) == []


def test_laying_machine_code_out_anew_makes_nobody_its_author(branch: Project) -> None:
    branch.commit_as(BOT, {"b.py": "first = 1\nsecond = 2\n"})
    branch.commit({"b.py": "if True:\n    first = 1\n    second = 2\n"})
    assert "3 lines in 1 file" in hum(branch)[0]["message"]


@pytest.mark.parametrize(
    ("who", "author", "why"),
    [
        pytest.param(f"Helper <{BOT}>", "alice@example.org", "a machine answers for nothing", id="a machine named"),
        pytest.param("Helper <helper>", "alice@example.org", "", id="nobody named"),
    ],
)
def test_a_machine_never_answers(branch: Project, who: str, author: str, why: str) -> None:
    machine_commit(branch)
    digest = hum(branch)[0]["remedy"].rpartition(" ")[2]
    branch.commit_as(author, message=f"Answer\n\nAccountable: {who} # machine {digest}\n")
    (found,) = hum(branch)
    assert why in found["message"]


def test_a_commit_that_only_machines_made_cannot_name_who_answers(branch: Project) -> None:
    machine_commit(branch)
    digest = hum(branch)[0]["remedy"].rpartition(" ")[2]
    machine: Any = {f"GIT_{role}_{what}": BOT for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    branch.commit(message=f"Answer\n\nAccountable: Bob <bob@example.org> # machine {digest}\n", **machine)
    assert "only machines made the commit that says so" in hum(branch)[0]["message"]


def test_the_digest_of_other_hunks_does_not_count(branch: Project) -> None:
    machine_commit(branch)
    branch.commit(message=f"Answer\n\nAccountable: Bob <bob@example.org> # machine sha256:{'0' * 32}\n")
    assert "Bob's word lapsed" in hum(branch)[0]["message"]


def test_one_person_answers_for_so_many_lines_a_week(project: Project) -> None:
    now: Any = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"@{int(time.time())} +0000")
    project.commit({"syncpoints.toml": "[machine]\nlines_per_week = 10\n", "a.py": text()})
    trailer = f"Accountable: Alice Example <alice@example.org> # machine sha256:{'0' * 32}"
    project.commit({"landed.py": "".join(TWENTY[:9])}, f"Land\n\nGenerated-by: x\n{trailer}\n", **now)
    project.branch("feature").commit({"a.py": text(_2="x = 2")}, "Change\n\nGenerated-by: x\n")
    assert project.run("signoff", "machine", "--base", "main").code == 0
    (found,) = hum(project)
    assert found["rule"] == "HUM002"
    assert found["message"] == "Alice Example answers for 11 machine-written lines this week (budget 10)"


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        pytest.param(
            "lines_per_week", "Alice Example answers for 11 machine-written lines this week (budget 10)", id="a person"
        ),
        pytest.param(
            "team_lines_per_week", "ops answers for 11 machine-written lines this week (budget 10)", id="a team"
        ),
        pytest.param(
            "machine_lines_per_week", "maker has written 11 machine-written lines this week (budget 10)", id="a machine"
        ),
    ],
)
def test_limits_of_a_week(project: Project, limit: str, message: str) -> None:
    now: Any = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"@{int(time.time())} +0000")
    team = '[teams.ops]\nmembers = ["alice@example.org"]\n[teams.web]\nmembers = ["bob@example.org"]\n'
    project.commit({"syncpoints.toml": f"{team}[machine]\n{limit} = 10\n", "a.py": text()})
    trailer = f"Accountable: Alice Example <alice@example.org> # machine sha256:{'0' * 32}"
    project.commit({"landed.py": "".join(TWENTY[:9])}, f"Land\n\nAssisted-by: Maker:4\n{trailer}\n", **now)
    project.branch("feature").commit({"a.py": text(_2="x = 2")}, "Change\n\nAssisted-by: maker:5\n")
    assert project.run("signoff", "machine", "--base", "main").code == 0
    assert [found["message"] for found in hum(project)] == [message]


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    (tmp_path / "keys").mkdir()
    return Keys(tmp_path / "keys")


def signed(branch: Project, keys: Keys, who: str = "alice") -> None:
    """Have somebody answer by a note signed with their key."""
    branch.git("config", "gpg.format", "ssh")
    branch.git("config", "user.signingkey", str(keys.private(who)))
    outcome = branch.run("signoff", "machine", "--base", "main")
    assert outcome.code == 0, outcome
    assert "a signed note on" in outcome.out


@pytest.fixture
def signing(project: Project, keys: Keys) -> Project:
    signers = {SIGNERS: keys.signers("alice", "bob"), "syncpoints.toml": f'[signers]\nfile = "{SIGNERS}"\n'}
    project.commit({"a.py": text(), **signers})
    return project.branch("feature")


def test_a_signed_note_answers_and_needs_no_commit_of_its_own(signing: Project, keys: Keys) -> None:
    machine_commit(signing)
    head = signing.git("rev-parse", "HEAD")
    signed(signing, keys, "bob")
    assert signing.git("rev-parse", "HEAD") == head
    assert hum(signing, "--door", "ci") == []


def test_a_signed_note_outlives_a_rebase_and_a_squash_and_lapses_with_the_hunks(signing: Project, keys: Keys) -> None:
    machine_commit(signing)
    signed(signing, keys)
    signing.git("switch", "-q", "main")
    signing.commit({"b.py": "other\n"})
    signing.git("rebase", "-q", "main", "feature")
    assert hum(signing, "--door", "ci") == []
    signing.git("reset", "-q", "--soft", "main")
    signing.commit(message=f"Squashed\n\nCo-authored-by: Helper <{BOT}>\n")
    assert hum(signing, "--door", "ci") == []
    machine_commit(signing, text(_2="machine = 3"))
    assert [found["rule"] for found in hum(signing, "--door", "ci")] == ["HUM001"]


def test_a_note_whose_signature_does_not_verify_answers_for_nothing(signing: Project, keys: Keys) -> None:
    machine_commit(signing)
    signed(signing, keys)
    line = signing.git("notes", "--ref=refs/notes/syncpoints", "show", "HEAD")
    forged = line.replace("time=2", "time=1")
    signing.git("notes", "--ref=refs/notes/syncpoints", "add", "-f", "-m", forged, "HEAD")
    (found,) = hum(signing, "--door", "ci")
    assert found["rule"] == "HUM001"
    assert "does not count" in found["message"]


def test_what_landed_under_a_signed_note_counts_for_its_signer(project: Project, keys: Keys) -> None:
    now: Any = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"@{int(time.time())} +0000")
    policy = f'[signers]\nfile = "{SIGNERS}"\n[machine]\nlines_per_week = 10\n'
    project.commit({"a.py": text(), SIGNERS: keys.signers("alice"), "syncpoints.toml": policy})
    project.branch("first").commit({"landed.py": "".join(TWENTY[:9])}, "Land\n\nAssisted-by: Maker:4\n", **now)
    signed(project, keys)
    project.git("switch", "-q", "main")
    project.git("merge", "-q", "--ff-only", "first")
    project.branch("second").commit({"a.py": text(_2="x = 2")}, "Change\n\nAssisted-by: maker:5\n")
    signed(project, keys)
    (found,) = hum(project)
    assert found["message"] == "alice answers for 11 machine-written lines this week (budget 10)"


def test_no_sync_point_may_be_called_machine(project: Project) -> None:
    policy = '[syncpoints.machine]\npaths = ["a"]\nparticipants = [{ team = "@acme/ops", purpose = "permission" }]\n'
    project.commit({"syncpoints.toml": policy, "a": "1\n"})
    outcome = project.run("check", "--base", "main")
    assert outcome.code == 2
    assert "machine is a reserved name" in outcome.err


def test_nobody_signs_where_nothing_is_machine_written(branch: Project) -> None:
    branch.commit({"a.py": text(_2="x = 2")})
    outcome = branch.run("signoff", "machine", "--base", "main")
    assert outcome.code == 1
    assert "nothing in this change is marked as machine-written" in outcome.err


def test_a_sync_point_meets_where_its_own_files_are_machine_written(project: Project) -> None:
    policy = '[syncpoints.core]\npaths = ["core/"]\nwhen = ["machine-written"]\n'
    policy += 'participants = [{ team = "@acme/ops", purpose = "permission" }]\n'
    project.commit({"syncpoints.toml": policy, "core/a.py": "1\n"})
    project.branch("feature").commit({"b.py": "1\n"}, "B\n\nGenerated-by: x\n")
    project.commit({"core/a.py": "2\n"})
    assert project.check("--base", "main")["syncpoints"] == []
    project.commit({"core/a.py": "3\n"}, "Core\n\nGenerated-by: x\n")
    (syncpoint,) = project.check("--base", "main")["syncpoints"]
    assert syncpoint["why"] == ["1 of its files is machine-written, at least in part"]
