"""Drift as one HTML page without scripts: a bar per loop and component, then the rest as a list."""

from __future__ import annotations

from html import escape

from pytest_syncpoints.commands.drift_text import drift_text
from pytest_syncpoints.render.escape import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.loops.drift import DriftFacts
    from pytest_syncpoints.loops.generations import Generation
    from pytest_syncpoints.loops.pacing import Pacing

_FULL = 5.0  # tempos at which a bar is full
_HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Drift</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem}
meter{width:12rem}pre{white-space:pre-wrap}</style></head><body>
<h1>Drift</h1>
<table><thead><tr><th>Component</th><th>Team</th><th>Tempos since it took part</th><th>Changes</th><th>Days</th></tr>
</thead><tbody>
"""


def drift_html(facts: DriftFacts, paces: Sequence[Pacing], carried: Sequence[Generation] = ()) -> str:
    """Return drift as a page; everything from the repository is escaped."""
    rows = sorted(facts.standings, key=lambda row: (-row.drift.ratio, row.component, row.team))
    table = "".join(
        f"<tr><td>{_text(row.component)}</td><td>{_text(row.team)}</td>"
        f'<td><meter min="0" max="{_FULL}" low="1" high="3" optimum="0" value="{min(row.drift.ratio, _FULL)}"></meter> '
        f"{row.drift.ratio:.1f}</td><td>{row.drift.changes:,}</td><td>{row.drift.days:.0f}</td></tr>\n"
        for row in rows
    )
    text = escape(drift_text(facts, paces, carried=carried))
    return f"{_HEAD}{table}</tbody></table>\n<pre>{text}</pre>\n</body></html>\n"


def _text(text: str) -> str:
    return escape(visible(text))
