"""Escaping: untrusted text made harmless, one function per place it may stand in.

Everything that comes from a change, and whatever names it (paths, owners, messages, subjects, plugins' words),
passes through one of these on its way into a format. They take any text and return one line.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# In Markdown a word stays as it is if nothing in it could come alive; any other becomes a code span, in which
# neither CommonMark nor what forges add to it (mentions, references, autolinks, emoji, mathematics) is looked
# for. These may open and close a plain word,
_OPENING = "(\"'"
_CLOSING = ".,;:!?)\"'%"
# these may stand inside it, the second lot only between digits,
_INSIDE = "-'"
_BETWEEN_DIGITS = ".,/"
# and these alone may be a word, with a backslash before them.
_LONE = "-+=&/<>*%"
_HEX = frozenset("0123456789abcdefABCDEF")
# How what people copy begins in our sentences (prose begins otherwise: "git sees no signature"),
_COPIED = (
    *("git add ", "git diff ", "git fetch ", "git rebase "),
    *("pip install ", "pytest --", "syncpoints ", "Accountable: "),
)
# and what stands before it. It ends with the bracket, at a semicolon outside quotes, or with the text.
_BEFORE = (": ", "; ", "(", " with ")
_SHORTEST_SHA = 7  # the shortest abbreviation of a commit that becomes a link
_SAFE_IN_URL = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def visible(text: str) -> str:
    r"""Return text with nothing in it that acts on a terminal or a CI log, each such thing shown instead.

    Control and direction characters, invisible and unassigned ones, and lone surrogates become ``\x1b``,
    ``\u202e`` or ``\U000e0041``. A log command of CI runners (``::`` where a line may begin, ``##[`` anywhere) loses
    one character to the same form. What is left is one line of printable characters.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escaped(char) for char in text)
    if "##" in text:
        text = text.replace("##", "#\\x23")
    if "::" in text:
        text = " ".join("\\x3a" + word[1:] if word.startswith("::") else word for word in text.split(" "))
    return text


def _escaped(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def clipped(text: str, most: int) -> str:
    """Return text made visible, in at most ``most`` characters; the middle gives way, names differ at both ends."""
    text = visible(text)
    if len(text) <= most:
        return text
    head = (most - 3) // 2
    return f"{text[:head]}...{text[head + 3 - most :]}"


def markdown(text: str, *, table: bool = False) -> str:
    """Return text as Markdown that shows it and does nothing else; what is between backticks is code.

    So is a command, whole, with its quotes: ``not installed: pip install 'pytest-syncpoints[api]'``.
    ``table`` is for a cell of a table, where a bar ends the cell even within code.
    """
    result = ""
    for piece in _pieces(_with_commands(visible(text).strip()), table=table):
        glued = result.endswith("`") and piece.startswith("`")  # would be one longer run of backticks
        result += f" {piece}" if glued else piece
    return result


def _with_commands(text: str) -> str:
    """Put the commands of a text between backticks."""
    if "`" in text:
        return text
    result, done = "", 0
    for start in sorted(at for command in _COPIED for at in _places(text, command)):
        if start >= done:
            end = _end_of_command(text, start)
            result += f"{text[done:start]}`{text[start:end]}`"
            done = end
    return result + text[done:]


def _places(text: str, command: str) -> Iterator[int]:
    at = text.find(command)
    while at >= 0:
        if text.endswith(_BEFORE, 0, at):
            yield at
        at = text.find(command, at + 1)


def _end_of_command(text: str, start: int) -> int:
    closing = ")" if text[start - 1 : start] == "(" else "; "
    quoted = False
    for at in range(start, len(text)):
        quoted ^= text[at] == "'"
        if not quoted and text.startswith(closing, at):
            return at
    return len(text)


def _pieces(text: str, *, table: bool) -> Iterator[str]:
    """Yield words, code spans and the spaces between them, each escaped."""
    *segments, last = text.split("`")
    if len(segments) % 2:  # the last backtick opens nothing
        last = f"{segments.pop()}`{last}"
    for index, segment in enumerate((*segments, last)):
        if index % 2:
            yield markdown_code(segment, table=table)
            continue
        for position, word in enumerate(segment.split(" ")):
            if position:
                yield " "
            if word:
                yield _word(word, table=table, first=index == position == 0)


def _word(word: str, *, table: bool, first: bool) -> str:
    if len(word) == 1 and word in _LONE:
        return f"\\{word}"
    core = word.lstrip(_OPENING)
    opening = word[: len(word) - len(core)]
    core = core.rstrip(_CLOSING)
    closing = word[len(opening) + len(core) :]
    if core.endswith("(") and closing.startswith(")"):  # a call's own bracket
        core, closing = f"{core})", closing[1:]
    if core and not _is_plain(core):
        return f"{opening}{markdown_code(core, table=table)}{closing}"
    if first and core.isdecimal() and closing[:1] in (".", ")"):  # would be a numbered list
        return f"{opening}{core}\\{closing}"
    return word


def _is_plain(core: str) -> bool:
    """Say whether no reader of Markdown could see more in a word than its letters."""
    if not all(_is_plain_char(core, index) for index in range(len(core))):
        return False
    runs = "".join(char if char.isascii() and char.isalnum() else " " for char in core).split()
    if any(len(run) >= _SHORTEST_SHA and _HEX.issuperset(run) for run in runs):
        return False
    # GH-12, and whatever else of that form a project has made a link.
    return not any(
        core[i] == "-" and core[i - 1].isalpha() and core[i + 1].isdecimal() for i in range(1, len(core) - 1)
    )


def _is_plain_char(core: str, index: int) -> bool:
    char = core[index]
    if char.isalnum() or not char.isascii():
        return True
    if not 0 < index < len(core) - 1:
        return False
    return char in _INSIDE or (char in _BETWEEN_DIGITS and core[index - 1].isdecimal() and core[index + 1].isdecimal())


def markdown_code(text: str, *, table: bool = False) -> str:
    """Return text as a code span of Markdown; an empty one says so."""
    text = visible(text)
    if not text.strip(" "):
        return "(empty)" if not text else "(blank)"
    if table:  # readers disagree about a bar after a backslash
        text = text.replace("\\|", "\\x7c").replace("|", "\\|")
    fence = "`" * (1 + max(map(len, "".join(char if char == "`" else " " for char in text).split()), default=0))
    pad = " " if text[0] in " `" or text[-1] in " `" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def url_path(path: str) -> str:
    """Return a path as part of a URL, byte for byte: everything but letters, digits and ``-._~/`` in percent."""
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # no path of any file system
        data = visible(path).encode("utf-8")
    return "".join(chr(byte) if byte in _SAFE_IN_URL else f"%{byte:02X}" for byte in data)
