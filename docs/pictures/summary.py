"""The README's picture: the ledger story's summary as a pull request shows it, light and dark, by headless Chromium.

    python docs/pictures/summary.py

Needs Chromium and markdown-it-py (the extra `tests`). The colours are those of GitHub's own pages.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

HERE = Path(__file__).parent
SUMMARY = HERE.parents[1] / "examples/ledger/expected/3-needs-ops.md"
COLOURS = {
    "light": {"page": "#ffffff", "text": "#1f2328", "line": "#d1d9e0", "code": "#818b981f", "muted": "#59636e"},
    "dark": {"page": "#0d1117", "text": "#f0f6fc", "line": "#3d444d", "code": "#656c7633", "muted": "#9198a1"},
}
STYLE = """
body {{ margin: 0; padding: 16px 20px; background: {page}; color: {text}; font: 14px/1.5 sans-serif }}
main {{ border: 1px solid {line}; border-radius: 6px; padding: 14px 18px }}
h3 {{ font-size: 17px; margin: 0 0 12px }}
table {{ border-collapse: collapse; margin-bottom: 12px }}
td, th {{ border: 1px solid {line}; padding: 5px 12px; text-align: left }}
code {{ background: {code}; border-radius: 6px; padding: 2px 5px; font: 12px monospace }}
li {{ margin: 6px 0 }} ul {{ padding-left: 22px; margin: 0 0 12px }}
a {{ color: inherit; text-decoration: none }} details {{ color: {muted} }} p {{ margin: 0 0 8px }}
"""


def main() -> None:
    """Write `summary-light.png` and `summary-dark.png` beside this file."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is not on the path")
    text = SUMMARY.read_text(encoding="utf-8").partition("<details>")[0]
    body = MarkdownIt("commonmark", {"breaks": True}).enable("table").render(text)
    for name, colours in COLOURS.items():
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.html"
            style = STYLE.format(**colours)
            page.write_text(f"<!doctype html><meta charset=utf-8><style>{style}</style><main>{body}</main>", "utf-8")
            shot = [f"--screenshot={HERE / f'summary-{name}.png'}", "--window-size=900,556", "--hide-scrollbars"]
            subprocess.run([chromium, "--headless", "--no-sandbox", *shot, page.as_uri()], check=True)


if __name__ == "__main__":
    main()
