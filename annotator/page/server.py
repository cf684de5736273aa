"""How the page is served: to this machine only, and without a word to any other."""

from __future__ import annotations

import sys

from annotator.places import folder

ADDRESS = "127.0.0.1"
HOSTS = (ADDRESS, "localhost")
"""The names it answers to; any other may have been made to point here (DNS rebinding) and is turned away."""
SETTINGS: dict[str, str | int | bool] = {
    "server.address": ADDRESS,
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 20,
    "server.showEmailPrompt": False,
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": True,
    "theme.headingFont": "serif",
    "theme.light.primaryColor": "#0b4f8a",
    "theme.light.backgroundColor": "#fdfcfa",
    "theme.light.secondaryBackgroundColor": "#f3f1ec",
    "theme.light.textColor": "#22262e",
    "theme.dark.primaryColor": "#2b6cb0",
    "theme.dark.backgroundColor": "#111419",
    "theme.dark.secondaryBackgroundColor": "#1b2027",
    "theme.dark.textColor": "#e6e8ec",
}


def command(port: int | None = None, *, browser: bool = False) -> list[str]:
    """The command line that serves the page, on a free port unless one is given; with `browser` it is opened too.

    Every setting is on the command line, since a configuration file would be looked for where the user stands; -P keeps
    Python from importing modules from there.
    """
    settings = {**SETTINGS, "server.headless": not browser}
    if port is not None:
        settings["server.port"] = port
    flags = [f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in settings.items()]
    flags += [f"--server.allowedHosts={host}" for host in HOSTS]
    return [sys.executable, "-P", "-m", "streamlit", "run", str(folder("app.py")), *flags]
