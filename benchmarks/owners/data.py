"""Made-up owners files and trees of any size; the same seed gives the same bytes."""

from __future__ import annotations

import random
from pathlib import Path

WORDS = ("core", "net", "util", "api", "ui", "data", "auth", "jobs", "cli", "infra", "docs", "tests")
EXTENSIONS = (".py", ".go", ".ts", ".md", ".json", ".yml")


def tree(paths: int, *, seed: int) -> list[str]:
    """Return that many paths in about a sixth as many directories, one to six deep."""
    rng = random.Random(seed)
    names = [f"{word}{number}" for word in WORDS for number in range(40)]
    directories = [""]
    while len(directories) < paths // 6:
        parent = rng.choice(directories)
        if parent.count("/") < 5:
            directories.append(f"{parent}/{rng.choice(names)}".lstrip("/"))
    files = {
        f"{rng.choice(directories)}/{rng.choice(names)}_{n}{rng.choice(EXTENSIONS)}".lstrip("/") for n in range(paths)
    }
    return sorted(files)


def rules(count: int, paths: list[str], *, seed: int) -> list[str]:
    """Return lines as large repositories have them: directories above all, some files and extensions."""
    rng = random.Random(seed)
    lines = ["* @org/all", *(f"*{extension} @org/{extension[1:]}" for extension in EXTENSIONS)]
    while len(lines) < count:
        path = rng.choice(paths)
        directory = path.rpartition("/")[0]
        kind = rng.random()
        owners = " ".join(f"@org/team-{rng.randrange(300)}" for _ in range(rng.choice((1, 1, 2))))
        if kind < 0.05:
            lines.append(f"/{path} {owners}")
        elif kind < 0.15 and directory:
            lines.append(f"/{directory}/* {owners}")
        elif kind < 0.20 and directory:
            lines.append(f"{directory.rpartition('/')[2]}/ {owners}")
        elif directory:
            lines.append(f"/{directory}/ {owners}")
    return lines


def wildcards(count: int, *, seed: int) -> list[str]:
    """Return lines no dictionary answers: stars and question marks in every place they are met in."""
    rng = random.Random(seed)
    words = [f"{word}{number}" for word in WORDS for number in range(40)]
    forms = (
        "**/{0}/*.py", "*_{1}9*", "/{0}/*/x{1}.go", "**/gen_{1}_*.ts", "*{1}x.md", "/*/{0}/**/t?{1}.md",
        "/{0}/**/{2}*.json", "test_{1}_?.py", "*{2}_1{1}*", "/{0}/*/{2}/", "**/{2}/**/*_{1}.yml", "/{0}*/*.md",
    )  # fmt: skip
    return [
        f"{rng.choice(forms).format(rng.choice(words), number, rng.choice(words))} @org/wild-{number}"
        for number in range(count)
    ]


def write(folder: Path, *, paths: int, literal: int, wild: int, seed: int = 7) -> tuple[Path, Path]:
    """Write an owners file and a list of paths, and return where they are."""
    found = tree(paths, seed=seed)
    lines = rules(literal, found, seed=seed + 1) + wildcards(wild, seed=seed + 2)
    owners_file, list_file = folder / f"CODEOWNERS-{literal}-{wild}", folder / f"paths-{paths}"
    owners_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    list_file.write_text("\n".join(found) + "\n", encoding="utf-8")
    return owners_file, list_file
