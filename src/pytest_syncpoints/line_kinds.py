"""Line kinds: code, comment or blank, and what a line says without the spaces that mean nothing."""

from __future__ import annotations

from pytest_syncpoints.record import Record

BLANK, COMMENT, CODE = 0, 1, 2

# Comments that some tool acts on, as they start; beside these, any whose first word has a colon inside (`go:build`).
_ORDERS = (
    *("!", "+", "eslint", "tslint", "jshint", "jslint", "global", "exported", "prettier", "istanbul", "c8 ignore"),
    *("v8 ignore", "node:", "biome", "oxlint", "deno-", "stylelint", "webpack", "<reference", "sourcemappingurl"),
    *("nolint", "line ", "export ", "nosec", "lint", "clang-", "cppcheck", "fallthrough", "fall through"),
    *("fall-through", "fallthru", "lcov_", "gcov", "iwyu", "shellcheck", "syncpoints", "syntax=", "escape="),
    *("syntax ", "hadolint", "@ts-", "@flow", "@jsx", "@jest-", "@vitest-", "@generated", "@preserve", "@internal"),
    *("yamllint", "yaml-", "noqa", "pragma", "type:", "renovate", "dependabot", "checkov", "tfsec", "tflint", "trivy"),
    *("buf:", "nosonar", "checkstyle", "noinspection", "suppress", "ktlint", "detekt", "swiftlint", "swift-tools"),
    *("scalafmt", "scalastyle", "scalafix", "rustfmt", "liquibase", "changeset", "name:", "migrate", "cloud-config"),
    *("luacheck", "selene", "stylua", "resharper", "spdx-", "code generated", "formatter", "cspell", "@license"),
    *("codespell", "@formatter"),
    *("nosemgrep", "region", "endregion", "ruff", "mypy", "zizmor", "taplo", "$schema", "sqlfluff", "output:", "want"),
)


class Line(Record):
    """What one line is, and ``said``: its code without comments and without the spaces that mean nothing."""

    kind: int
    said: str


def squeezed(text: str) -> str:
    """Take out the spaces that part no two words and no two operators."""
    said: list[str] = []
    for word in text.split():
        if said and _part(said[-1][-1], word[0]):
            said.append(" ")
        said.append(word)
    return "".join(said)


def _part(last: str, first: str) -> bool:
    return last not in "()[]{},;" and first not in "()[]{},;" and _is_word(last) == _is_word(first)


def _is_word(char: str) -> bool:
    return char.isalnum() or char in "_\"'`\1$"


def as_code(row: str) -> Line:
    """Return a line as code, however it reads."""
    return Line(CODE, row.rstrip()) if row.strip() else Line(BLANK, "")


def is_order(comment: str) -> bool:
    """Say whether some tool acts on a comment."""
    text = comment.strip().lstrip("/*#-;").strip().lower()
    if text.startswith(_ORDERS) or comment.strip().startswith("#!"):
        return True
    if text[:1] == "@" and "{" in text:  # a type that the TypeScript compiler reads
        return True
    before, colon, after = text.partition(" ")[0].partition(":")
    return bool(colon and before) and after[:1].isalnum()


def kept(text: str) -> str:
    """Return a text whose spaces mean something, with each written so that none is taken out."""
    if not any(map(str.isspace, text)):
        return text
    return "".join(f"\1{ord(char):x}\1" if char.isspace() else char for char in text)


def unescaped(row: str, i: int, mark: str) -> int:
    """Return where a mark stands that no backslash takes away, or -1."""
    while True:
        at = row.find(mark, i)
        slash = row.find("\\", i)
        if slash < 0 or at < slash:
            return at
        i = slash + 2


def end_of_regex(row: str, i: int) -> int:
    """Return where a regular expression of JavaScript ends, -1 where not on this line."""
    in_class = False
    while i < len(row):
        char = row[i]
        if char == "\\":
            i += 1
        elif char == "[":
            in_class = True
        elif char == "]":
            in_class = False
        elif char == "/" and not in_class:
            return i + 1
        i += 1
    return -1
