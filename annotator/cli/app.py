"""annotator app: the page, served to this machine only."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer

from annotator.cli.console import say
from annotator.errors import InputError

HELP = """Open the page: paste a text, see whose voice is speaking. It is served to this machine only; Ctrl-C stops it.

\b
Examples:
  annotator app
  annotator app --port 8600 --no-browser
"""

_FIRST_CHOICE = 8501


def app(
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, metavar="N", help="The port: 8501, or one that is free.", show_default=False),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in a browser.")] = True,
) -> None:
    """Serve the page in place of this process, so that signals reach the server itself."""
    from annotator.page import server

    chosen = _port(port)
    command = server.command(chosen, browser=browser)
    say(f"the page is at http://{server.ADDRESS}:{chosen} (Ctrl-C stops it)")
    os.execv(command[0], command)  # noqa: S606 - the command is ours, and no shell reads it


def _port(wanted: int | None) -> int:
    """The port asked for, else the usual one, else any that is free."""
    if wanted is None:
        return _bind(_FIRST_CHOICE) or _bind(0)
    if not _bind(wanted):
        raise InputError(f"port {wanted} is not free; give another --port, or none")
    return wanted


def _bind(port: int) -> int:
    """The port, if it can be had; 0 asks for any. 0 if not."""
    from annotator.page.server import ADDRESS

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])
