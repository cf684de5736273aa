"""The command line; the only part of the project that prints."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from annotator.cli import agreement, annotate, app, compare, diff, evaluate, label, report
from annotator.cli.console import OK, USAGE, say
from annotator.errors import AnnotatorError

HELP = """Whose voice is speaking? Marks every sentence of an English news text as a sourced claim, as editorial
framing, as speculation or as plain, and names the source.

\b
Examples:
  annotator annotate "The talks may collapse before the end of the week."
  annotator label articles.csv --out sentences.parquet
  annotator app
"""

commands = typer.Typer(
    name="annotator",
    help=HELP,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
commands.command("annotate", help=annotate.HELP)(annotate.annotate)
commands.command("label", help=label.HELP)(label.label)
commands.command("report", help=report.HELP)(report.report)
commands.command("diff", help=diff.HELP)(diff.diff)
commands.command("compare", help=compare.HELP)(compare.compare)
commands.command("evaluate", help=evaluate.HELP)(evaluate.evaluate)
commands.command("agreement", help=agreement.HELP)(agreement.agreement)
commands.command("app", help=app.HELP)(app.app)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line (`sys.argv` unless `arguments` are given) and return its exit code.

    0 is done, 1 done but for some rows, 2 a usage or an input that is refused, 130 stopped with Ctrl-C.
    """
    try:
        typer.main.get_command(commands).main(arguments, prog_name="annotator")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else OK
    except AnnotatorError as error:
        say(str(error))
    except OSError as error:
        place = f"{os.fsdecode(error.filename)}: " if error.filename is not None else ""
        say(f"{place}{error.strerror or error}")
    return USAGE


def _print_version(wanted: bool) -> None:
    from importlib.metadata import PackageNotFoundError, version

    if wanted:
        try:
            number = version("three-voices")
        except PackageNotFoundError:
            number = "of an unknown version: it is not installed"
        typer.echo(f"annotator {number}")
        raise typer.Exit


@commands.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """What may stand before a command."""
