"""Mode: how people should meet over a change, from how much must be agreed at once and how much must be told.

Two scores span a quadrant. *Synchronicity* is how much it needs people at the same time: media synchronicity theory
has people converge on a meaning together and convey facts apart (Dennis, Fuller and Valacich, "Media, Tasks, and
Communication Processes", MIS Quarterly 32(3), 2008). *Fidelity* is how much context has to travel: the richer the
question, the richer the medium (Daft and Lengel, "Organizational Information Requirements, Media Richness and
Structural Design", Management Science 32(5), 1986). Neither asks where or when anybody works.

                     little to tell        more               much
    at once          call                  pairing            design session
    each in turn     text                  text               audit by text

The weights are a judgement, kept in one table here and held to thirty situations by the tests.
"""

from __future__ import annotations

from pytest_syncpoints.record import Record
from pytest_syncpoints.report import Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.report import Mode

AT_ONCE = 0.5  # from this synchronicity on, people talk
MORE, MUCH = 0.4, 0.65  # where fidelity becomes more than a call carries, and more than two people at one screen
MOST_ROUNDS = 2  # sign-offs that lapsed: after so many, text has failed and somebody picks up the phone

_ANYBODY = 0.1  # one loop has to agree
_LOOP, _LOOPS_MOST = 0.2, 0.4  # each further one, and all of them together at most
_UNDO = {"reversible": 0.0, "costly": 0.25, "irreversible": 0.5}
_DRIFT, _DRIFT_MOST = 0.2, 0.4  # per tempo that passed beyond the first
_ROUND = 0.15
_NOVELTY = 0.15
_READING_MOST, _READING_WHOLE = 0.5, 120  # two hours of reading weigh most
_COMPONENT, _COMPONENTS_MOST = 0.12, 0.4
_CONCEPT, _CONCEPTS_MOST = 0.06, 0.3
_DISTANCE = 0.25

_CALL, _PER_LOOP, _DESIGN = 15, 5, 45  # minutes


class Situation(Record):
    """What decides how to meet.

    ``loops`` have yet to agree. ``undo`` is the class of the worst part (reversible, costly, irreversible), ``about``
    names it and ``undo_lines`` counts its lines. ``drift`` is the worst ratio among the loops, ``rounds`` how many
    sign-offs have lapsed. ``novelty`` (of this code to its author) and ``distance`` (of the reviewers from it) lie in
    [0, 1]. ``components`` counts those touched, ``concepts`` names and dependencies that are new. ``lines`` and
    ``minutes`` are what there is to read.
    """

    loops: tuple[str, ...]
    undo: str = "reversible"
    about: str = ""
    undo_lines: int = 0
    drift: float = 0.0
    rounds: int = 0
    novelty: float = 0.0
    components: int = 1
    concepts: int = 0
    distance: float = 0.0
    lines: int = 0
    minutes: int = 0


def synchronicity_reasons(situation: Situation) -> tuple[Reason, ...]:
    """Return why people should, or need not, meet at the same time; none where nobody has to agree."""
    if not situation.loops:
        return ()
    further = len(situation.loops) - 1
    late = max(0.0, situation.drift - 1)
    rounds = 1.0 if situation.rounds >= MOST_ROUNDS else _ROUND * situation.rounds
    return _weighty(
        Reason("somebody has to agree", _ANYBODY),
        Reason(f"{further} more must agree with the same", min(_LOOPS_MOST, _LOOP * further)),
        Reason(f"it is {situation.undo}", _UNDO[situation.undo]),
        Reason(f"a loop has drifted {situation.drift:.1f} tempos from this code", min(_DRIFT_MOST, _DRIFT * late)),
        Reason(f"{situation.rounds} sign-offs lapsed already", rounds),
        Reason("the author is new to this code", _NOVELTY * situation.novelty),
    )


def fidelity_reasons(situation: Situation) -> tuple[Reason, ...]:
    """Return why much, or little, context has to travel."""
    reading = _READING_MOST * min(1.0, situation.minutes / _READING_WHOLE)
    spread = min(_COMPONENTS_MOST, _COMPONENT * (max(situation.components, 1) - 1))
    concepts = min(_CONCEPTS_MOST, _CONCEPT * situation.concepts)
    return _weighty(
        Reason(f"{situation.minutes} min to read", reading),
        Reason(f"{situation.components} components are touched", spread),
        Reason(f"{situation.concepts} new names or dependencies", concepts),
        Reason("the reviewers do not know these lines", _DISTANCE * situation.distance),
    )


def score(reasons: Iterable[Reason]) -> float:
    """Return the reasons as one number in [0, 1]: each takes its share of what the others leave (noisy or)."""
    rest = 1.0
    for reason in reasons:
        rest *= 1 - reason.weight
    return 1 - rest


def mode_of(situation: Situation) -> Mode:
    """Return how to meet."""
    if not situation.loops:
        return "automated"
    together, context = score(synchronicity_reasons(situation)), score(fidelity_reasons(situation))
    if together < AT_ONCE:
        return "async-audit" if context >= MUCH else "async-text"
    return "design-session" if context >= MUCH else "pairing" if context >= MORE else "call"


def sentence_of(situation: Situation) -> str:
    """Return how to meet as one sentence with length and agenda: `20-minute call with ops on the migration; ...`."""
    mode = mode_of(situation)
    if mode == "automated":
        return "nobody has to meet over this change"
    who = _listed(situation.loops)
    if mode == "async-text":
        return f"by text with {who}, about {situation.minutes} min to read"
    if mode == "async-audit":
        return f"audit by text with {who}: read whole, about {_long(situation.minutes)}"
    topic = f" on {situation.about}" if situation.about else ""
    return f"{_length(mode, situation)} {_WORDS[mode]} with {who}{topic}{_rest(situation)}"


_WORDS = {"call": "call", "pairing": "of pairing", "design-session": "design session"}


def _length(mode: Mode, situation: Situation) -> str:
    loops = len(situation.loops)
    if mode == "call":
        return f"{min(_CALL + _PER_LOOP * loops, 45)}-minute"
    if mode == "pairing":
        return _long(max(30, situation.minutes))
    return f"{min(_DESIGN + 15 * (loops - 1), 90)}-minute"


def _rest(situation: Situation) -> str:
    """Return what need not be talked about, where the part that must be is a part."""
    other = situation.lines - situation.undo_lines
    if not situation.about or not situation.undo_lines or other <= 0:
        return ""
    return f"; the other {other:,} line{'s' * (other > 1)} by text"


def _long(minutes: int) -> str:
    """Return minutes in words: to five minutes below an hour, to half an hour above."""
    if minutes < 60:
        return f"{max(5, round(minutes / 5) * 5)} minutes"
    halves = round(minutes / 30)
    hours = f"{halves // 2}" if halves % 2 == 0 else f"{halves / 2:g}"
    return f"{hours} hour{'s' * (halves > 2)}"


def _weighty(*reasons: Reason) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if reason.weight > 0)


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
