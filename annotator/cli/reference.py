"""docs/cli.md, made of the help texts: python -m annotator.cli.reference > docs/cli.md."""

from __future__ import annotations

from typing import Any

import typer

from annotator.cli import commands

WIDTH = 100
TITLE = "# The command line\n\nMade from the help texts by `python -m annotator.cli.reference`; a test keeps it true.\n"


def reference() -> str:
    """The reference of all commands as Markdown."""
    group: Any = typer.main.get_command(commands)
    context = group.make_context("annotator", [], resilient_parsing=True, terminal_width=WIDTH)
    parts = [TITLE, _section("annotator", group.get_help(context))]
    for name, command in group.commands.items():
        inner = command.make_context(name, [], parent=context, resilient_parsing=True, terminal_width=WIDTH)
        parts.append(_section(f"annotator {name}", command.get_help(inner)))
    return "\n".join(parts)


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    typer.echo(reference(), nl=False)
