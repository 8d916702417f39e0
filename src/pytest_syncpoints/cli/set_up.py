"""Set up: init, doctor, lint, demo, completion."""

from __future__ import annotations

import os

import click

from pytest_syncpoints.cli.group import syncpoints
from pytest_syncpoints.cli.options import color_option
from pytest_syncpoints.cli.screen import wants_color, write
from pytest_syncpoints.errors import CLEAR


@click.command(short_help="propose a policy, hooks and CI from history")
@click.option("--write", is_flag=True, help="Write the files that are not there; what exists is never changed.")
def init(*, write: bool) -> int:
    """Propose a first policy from this repository's past, with the evidence for each line, hooks and CI.

    \b
    syncpoints init                       shows what it would write, as a diff
    syncpoints init --write
    """
    from pytest_syncpoints.commands.init import init as propose

    click.echo(propose(write=write), nl=False)
    return CLEAR


@click.command(short_help="what is wrong here, and the command that mends it")
def doctor() -> int:
    """Look at git, the clone, the hooks, the keys and the policy; each fault with the one command that mends it.

    Exit 0 where nothing is broken (notes break nothing), 1 where something is.
    """
    from pytest_syncpoints.commands import doctor as command

    examined = command.examine()
    write(command.as_text(examined), "-")
    return examined.status


@click.command(short_help="the policy and owners files, against the tree")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="text (default) or json.")
def lint(form: str) -> int:
    """Check the worktree's policy and owners files both ways against the files git tracks.

    Exit 0 clean (notes fail nothing), 1 faults, 2 a policy that cannot be read or does not validate.
    """
    from pytest_syncpoints.commands import lint as command

    linted = command.lint(staged=False)
    write(command.as_json(linted) if form == "json" else command.as_text(linted), "-")
    return linted.status


@click.command(short_help="the ledger story, end to end, in a folder of its own")
@click.argument("folder", metavar="[FOLDER]", required=False)
@color_option
def demo(folder: str | None, color: str) -> int:
    """Build a small repository in FOLDER (default: a temporary one) and review four moments of its life."""
    from pytest_syncpoints.commands.demo import demo as told

    for text in told(folder, color=wants_color(color, os.environ)):
        click.echo(text, nl=False)
    return CLEAR


@click.command(short_help="a script that completes commands, options and rules")
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script of a shell: bash, zsh or fish.

    \b
    eval "$(syncpoints completion bash)"          in ~/.bashrc
    eval "$(syncpoints completion zsh)"           in ~/.zshrc
    syncpoints completion fish > ~/.config/fish/completions/syncpoints.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(syncpoints, {}, "syncpoints", "_SYNCPOINTS_COMPLETE").source(), nl=False)
    return CLEAR
