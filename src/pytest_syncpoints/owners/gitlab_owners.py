"""Owners in a line of a GitLab CODEOWNERS file: users and groups, e-mail addresses, roles.

Source: the enterprise edition's ``reference_extractor.rb`` and its spec: it searches the words behind a pattern
for references and passes over everything else, so ``(@alice),`` owns as ``@alice``.
"""

from __future__ import annotations

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_NAME = _WORD | {".", "-"}
_ROLES = frozenset(("@@developer", "@@maintainer", "@@owner", "@@developers", "@@maintainers", "@@owners"))
_NO_ENDINGS = (".git", ".atom", ".")
_BLANKS = "\t\n\v\f\r"
_LOCAL_LONGEST, _DOMAIN_LONGEST = 100, 255


def extract_owners(text: str) -> tuple[str, ...]:
    """Return the references in a text, once each, in the order they stand; ``@`` and spelling are kept."""
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    found: dict[str, None] = {}
    for word in text.split(" "):
        if word.lower() in _ROLES:
            found[word] = None
        elif "@" in word:
            found.update(dict.fromkeys(_references(word)))
    return tuple(found)


def _references(word: str) -> list[str]:
    """Return the names and addresses in one word by where they begin."""
    placed: list[tuple[int, str]] = []
    start = 0
    for at, symbol in enumerate(word):
        if symbol != "@":
            continue
        if (at == 0 or word[at - 1] not in _WORD | {"@"}) and (name := _name(word, at + 1)):
            placed.append((at, "@" + name))
        if start <= at and (address := _address(word, start, at)):
            placed.append((at - len(address.partition("@")[0]), address))
            start = at + len(address) - address.index("@")
        else:
            start = max(start, at + 1)
    return [reference for _, reference in sorted(placed, key=lambda pair: pair[0])]


def _name(word: str, start: int) -> str:
    """Read a user or a group with its subgroups: as far as each part is a path GitLab allows."""
    name = ""
    while True:
        end = start
        while end < len(word) and word[end] in _NAME:
            end += 1
        part = word[start:end]
        while part.endswith(_NO_ENDINGS):
            part = part[:-1]
        if not part or part[0] == "-":
            return name.removesuffix("/")
        name += part
        if len(part) < end - start or word[end : end + 1] != "/":
            return name
        name, start = name + "/", end + 1


def _address(word: str, start: int, at: int) -> str:
    """Read the e-mail address around an ``@``: what follows must end in a letter, a digit or ``_``.

    (The server also takes ``(@x`` for one; nobody has such an address, so it is left out.)
    """
    local = word[max(start, at - _LOCAL_LONGEST) : at]
    domain = word[at + 1 : at + 1 + _DOMAIN_LONGEST].partition("@")[0]
    while domain and domain[-1] not in _WORD:
        domain = domain[:-1]
    return f"{local}@{domain}" if domain and not _WORD.isdisjoint(local) else ""
