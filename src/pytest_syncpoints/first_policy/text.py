"""Text: a first policy as TOML, each line of it with the evidence it was taken from."""

from __future__ import annotations

from pytest_syncpoints.first_policy.budget import sizes, written_by_tools
from pytest_syncpoints.first_policy.followers import followers
from pytest_syncpoints.first_policy.incidents import candidates
from pytest_syncpoints.first_policy.norms import counted
from pytest_syncpoints.first_policy.parts import parts
from pytest_syncpoints.first_policy.people import entries
from pytest_syncpoints.first_policy.teams import loop, owner_of, persons
from pytest_syncpoints.version import SCHEMAS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_syncpoints.first_policy.observed import Observed, PastCommit
    from pytest_syncpoints.first_policy.parts import Part
    from pytest_syncpoints.first_policy.teams import Loop
    from pytest_syncpoints.owners.ownership import Ownership

YEARS = 2
WIDTH = 110
MONTH = 30 * 86400


def policy_text(observed: Observed, ownership: Ownership) -> str:
    """Return a policy that validates, lints clean against the observed files, and says where each line comes from.

    Nothing in it is new to the team: parts are folders that changed, people those who changed them, sizes those of
    changes that landed. With too little past it says less, down to comments alone.
    """
    commits = _recent(observed.commits)
    who = persons(observed.commits)
    found = parts(commits, observed.tracked, who)
    loops = {part.name: loop(part, commits, who, owner_of(part, observed.tracked, ownership)) for part in found}
    lines = [
        *_opening(observed, commits),
        *_change(observed),
        *_ownership(observed, ownership),
        *_people(found, loops, commits, who),
        *_teams(found, loops),
        *_components(found, observed, loops, commits),
        *_syncpoints(found, commits, who, loops),
        *_norms(observed),
        *_incidents(_named(found), commits),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _recent(commits: Sequence[PastCommit]) -> list[PastCommit]:
    """Return the commits of the last two years of the repository's own life, all where these are few."""
    if not commits:
        return []
    since = max(commit.at for commit in commits) - YEARS * 12 * MONTH
    recent = [commit for commit in commits if commit.at >= since]
    return recent if len(recent) >= 100 else list(commits)


def _opening(observed: Observed, commits: Sequence[PastCommit]) -> Iterator[str]:
    yield f"#:schema {SCHEMAS}/policy.schema.json"
    yield "# Who meets over a change, and for what. Proposed from this repository's past; keep what is true."
    yield "# All keys: docs/policy.md of pytest-syncpoints. Check it with: syncpoints lint"
    if commits:
        people = len({commit.email for commit in commits})
        yield from _comment(f"Looked at: {len(commits):,} commits by {people:,} e-mail addresses, {_span(commits)}.")
    else:
        yield "# There are no commits yet, so there is nothing to propose but the budget everybody starts with."
    if observed.shallow:
        yield "# This clone is shallow: the past is cut off. Once it is whole (git fetch --unshallow), ask again."
    yield ""


def _span(commits: Sequence[PastCommit]) -> str:
    months = (max(one.at for one in commits) - min(one.at for one in commits)) // MONTH
    return "within a month" if months < 2 else f"over {months} months"


def _change(observed: Observed) -> Iterator[str]:
    tools = written_by_tools(observed.tracked)
    size = sizes(observed.landings, without=[pattern for pattern, _ in tools])
    yield "[change]"
    if size is None:
        yield "budget = 400  # too few landed changes to tell; this is the default"
    else:
        half = f"Of {size.counted} landed changes half had at most {size.half:,} lines"
        yield from _comment(f"{half}, four of five {size.eighty:,}, nineteen of twenty {size.most:,}.")
        yield "# More than the budget warns. A limit blocks: set one once you want it."
        yield f"budget = {size.budget}"
        yield f"# limit = {max(size.budget * 2, -(-size.most // 100) * 100)}"
    if tools:
        said = ", ".join(f"{count:,} match {pattern}" for pattern, count in tools)
        yield from _comment(f"Files that tools write: {said}.")
        yield f"exclude = {_list(pattern for pattern, _ in tools)}"
    yield ""


def _ownership(observed: Observed, ownership: Ownership) -> Iterator[str]:
    """Yield the top folders of which every file has an owner already."""
    if not ownership.files:
        return
    files: dict[str, int] = {}
    owned: dict[str, int] = {}
    for path in observed.tracked:
        folder = path[: path.find("/") + 1]
        if folder and not folder.startswith("."):
            files[folder] = files.get(folder, 0) + 1
            owned[folder] = owned.get(folder, 0) + bool(ownership.owners_of(path).owners)
    whole = [folder for folder in sorted(files) if files[folder] == owned[folder] >= 5 and _is_plain(folder)][:20]
    if whole:
        yield "[ownership]"
        yield from _comment(f"By {', '.join(ownership.files[:3])} every file below has an owner today; so it stays.")
        yield f"require = {_list(whole)}"
        yield ""


def _is_plain(folder: str) -> bool:
    """Say whether a path is a pattern that means itself."""
    return folder.isprintable() and not any(char in "*?\\[]!#" for char in folder) and folder == folder.strip()


def _speaking(found: Sequence[Part], loops: dict[str, Loop | None]) -> list[tuple[Part, Loop]]:
    """Return the parts worth a meeting, each with its team."""
    pairs = ((part, loops[part.name]) for part in found if part.tier != "normal" and _is_plain(part.path))
    return [(part, team) for part, team in pairs if team is not None][:5]


def _teams(found: Sequence[Part], loops: dict[str, Loop | None]) -> Iterator[str]:
    """Yield each team once; one that owns several parts has the people of all of them."""
    united: dict[str, Loop] = {}
    for _, team in _speaking(found, loops):
        known = united.get(team.name)
        members = tuple(dict.fromkeys((*known.members, *team.members))) if known else team.members
        united[team.name] = (known or team)._replace(members=members)
    for team in united.values():
        yield f"[teams.{team.name}]"
        yield from _comment(f"{team.because}. Is it they who should be asked?")
        yield f"members = {_list(team.members)}"
        yield f'tempo = "{team.tempo}d"  # {_plain(team.rhythm)}'
        yield ""


def _people(
    found: Sequence[Part], loops: dict[str, Loop | None], commits: Sequence[PastCommit], who: dict[str, str]
) -> Iterator[str]:
    """Yield members who commit under several addresses, or whose handle an address of GitHub tells."""
    speaking = _speaking(found, loops)
    members = dict.fromkeys(member for _, team in speaking for member in team.members)
    listed = entries(commits, who, members, {team.name for _, team in speaking})
    if listed:
        yield "[people]"
        yield "# One name in commits, after .mailmap, under these addresses; the handle from an address of GitHub."
        yield "# Is each of them one person? Who is an author under one address signs under none."
        yield from (f"{one.key} = {_list(one.identities)}  # {one.commits:,} commits" for one in listed)
        yield ""


def _named(found: Sequence[Part]) -> list[Part]:
    """Return the parts that become components."""
    return [part for part in found if part.tier != "normal" and _is_plain(part.path)]


def _components(
    found: Sequence[Part], observed: Observed, loops: dict[str, Loop | None], commits: Sequence[PastCommit]
) -> Iterator[str]:
    for part in _named(found):
        yield f"[components.{part.name}]"
        yield f"paths = {_list([part.path])}"
        yield f'tier = "{part.tier}"  # {_plain(part.because)}'
        size = sizes(observed.landings, below=part.path) if part.tier == "critical" else None
        if size is not None:
            yield from _comment(
                f"Of {size.counted} landed changes four of five had at most {size.eighty:,} lines here."
            )
            yield f"budget = {size.budget}"
        following = followers(part, commits, observed.tracked)
        if following:
            said = "; ".join(f"{one.path} in {one.together} of its {one.changes} changes" for one in following)
            yield from _comment(f"Moved together with it: {said}.")
            yield f"follows = {_list(one.path for one in following)}"
        if loops[part.name] is None:
            top = (
                f"{part.authors[0][1]} of {part.changes} changes are one person's" if part.authors else "machines alone"
            )
            yield from _comment(f"No sync point: fewer than two people changed it regularly in the last year ({top}).")
        yield ""


def _syncpoints(
    found: Sequence[Part], commits: Sequence[PastCommit], who: dict[str, str], loops: dict[str, Loop | None]
) -> Iterator[str]:
    for part, team in _speaking(found, loops):
        touching = [one for one in commits if any(path.startswith(part.path) for path in one.paths)]
        guests = sum(1 for one in touching if who.get(one.email) not in team.members)
        months = max(1, (max(one.at for one in commits) - min(one.at for one in commits)) // MONTH)
        purpose = "permission" if part.tier == "critical" else "awareness"
        yield f"[syncpoints.{part.name}]"
        cost = f"{guests} of {len(touching)} commits here came from outside {team.name}, {_rate(guests, months)}"
        kind = "permission blocks a merge" if purpose == "permission" else "awareness informs and never blocks"
        yield from _comment(f"{cost}; {kind}.")
        yield f'components = ["{part.name}"]'
        yield f'participants = [{{ team = "{team.name}", purpose = "{purpose}" }}]'
        yield ""


def _rate(count: int, months: int) -> str:
    if count == 0:
        return "so it would not have asked anybody"
    return f"about {count / months:.0f} a month" if count >= months else f"one in {months / count:.0f} months"


def _norms(observed: Observed) -> Iterator[str]:
    """Yield the norms that most of the code keeps already; what breaks them today is counted and may only fall."""
    for one in counted(observed.uses):
        broken = one.uses - one.kept
        if one.norm.word and one.kept * 2 < one.uses:
            continue
        yield f"[norms.{one.norm.name}]"
        kept = f"{one.kept} of {one.uses} lines keep it" if one.norm.word else f"{one.uses} lines use it"
        files = f"{one.files} file{'' if one.files == 1 else 's'}"
        yield from _comment(f"Counted line by line: {kept}, in {files}. With `ratchet` what is there may stay.")
        yield from one.norm.says
        if broken:
            yield "ratchet = true"
        yield f'why = "{one.norm.why}"'
        yield ""


def _incidents(found: Sequence[Part], commits: Sequence[PastCommit]) -> Iterator[str]:
    """Yield incidents that subjects tell of, each commented out: only people know what one was."""
    listed = candidates(found, commits)
    if listed:
        yield from _comment(
            "Was one of these an incident? For 90 days it makes awareness there a permission. Then take the # away."
        )
    for one in listed:
        yield from _comment(f"{one.day}: {one.subject[:80]}")
        yield f"# [incidents.{one.day}-{one.part}]"
        yield f'# components = ["{one.part}"]'
        yield f"# date = {one.day}"
    if listed:
        yield ""


def _comment(text: str) -> Iterator[str]:
    """Yield a comment in lines that fit a screen; whatever a change or a host named in it is plain text."""
    line = "#"
    for word in _plain(text).split(" "):
        if len(line) + len(word) + 1 > WIDTH and line != "#":
            yield line
            line = "#"
        line += f" {word}"
    yield line


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(_string(value) for value in values) + "]"


def _string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
