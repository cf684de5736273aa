"""A served page and Debian's Chromium, once a session."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from annotator.page.server import ADDRESS, command

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
START = 90
"""Seconds that the server may take to answer for the first time."""

PATIENCE = 60_000
"""Milliseconds that the page may take for one step: the first one loads the model."""


def unavailable(reason: str) -> NoReturn:
    """Skip; where everything must be there, fail instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and with CI=true a skip counts as a failure")
    pytest.skip(reason)


def axe_findings(tab: Page, within: str | None = None) -> str:
    """What axe-core finds wrong at WCAG 2 A and AA, in words; nothing is empty."""
    from axe_playwright_python.sync_playwright import Axe

    rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(tab, within, {"runOnly": rules, "resultTypes": ["violations"]})
    return "\n".join(
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        unavailable("playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        unavailable("chromium is not installed")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is served; asks for the browser first, so that no server starts for a skipped test."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("served")
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command(port), cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(f"http://{ADDRESS}:{port}/_stcore/health", process, folder / "log.txt")
            yield f"http://{ADDRESS}:{port}"
        finally:
            process.terminate()
            process.wait(30)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the page did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 1100}, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()
