"""What a Markdown reader, and a forge after it, would make of a text, found with a parser that is not ours."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

# "gfm-like" is CommonMark with tables, strikethrough and autolinks, bare ones included.
PARSER = MarkdownIt("gfm-like", {"linkify": True, "html": True})

# What forges make live in text that is not code: a mention, a reference to an issue, merge request, milestone
# or commit, an address without a scheme, an emoji, mathematics, a footnote, a log command.
FORGE = re.compile(
    r"""[@#$~^_|\\`\[\]{}] | \bGH-\d | (?<!\w)[!%&]\w | (?<![0-9A-Za-z])[0-9a-fA-F]{7,64}(?![0-9A-Za-z])
    | :[a-z0-9_+-]+: | ://|www\. | \w\.[a-zA-Z]{2} | [A-Za-z]-\d+\b""",
    re.VERBOSE,
)
OUR_HTML = frozenset(("<details>", "</details>", "<summary>", "</summary>"))


def tokens(text: str) -> Iterator[Token]:
    """Yield every token of a text, inline ones in the place of their holder."""
    for token in PARSER.parse(text):
        yield from token.children or () if token.type == "inline" else (token,)


def live(text: str, *, our_html: bool = False) -> list[str]:
    """Return what would come alive in a text, each as a word or two; an empty list is what tests want.

    ``our_html`` lets pass the few bare tags a renderer writes itself.
    """
    found = []
    for token in tokens(text):
        if token.type in ("link_open", "image"):
            found.append(f"link to {token.attrGet('href') or token.attrGet('src')}")
        elif token.type in ("em_open", "s_open", "fence", "code_block", "hr", "blockquote_open"):
            found.append(token.type)
        elif token.type in ("html_inline", "html_block") and not (our_html and is_our_html(token.content)):
            found.append(f"html {token.content!r}")
        elif token.type == "text":
            found.extend(f"forge {match[0]!r}" for match in FORGE.finditer(token.content))
    return found + [f"control {char!r}" for char in text if not char.isprintable() and char != "\n"]


def is_our_html(content: str) -> bool:
    """Say whether HTML is of the few bare tags we write, with a title of plain words between them."""
    tags = re.findall(r"<[^>]*>", content)
    return all(tag in OUR_HTML for tag in tags) and not re.search(r"[<&@#`]", re.sub(r"<[^>]*>", "", content))


def shown(text: str) -> str:
    """Return the text a reader sees, without any space."""
    return "".join(token.content for token in tokens(text) if token.type in ("text", "code_inline")).replace(" ", "")
