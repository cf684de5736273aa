"""Many readers at once: `python -m benchmarks.sessions`.

Opens --sessions browser sessions on one server, lets each paste another article and click Annotate before any has its
answer, and checks that each is shown its own article to the letter, and no error. Prints how long it took and what
memory the server had before and after. Ends with 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.page.server import ADDRESS
from benchmarks.page import FLAGS, PATIENCE, PORT, article, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROUNDS = 3
WAIT = 120_000
"""Milliseconds that a session may take to show its article."""


def main() -> None:
    """Run the sessions, print the figures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=20)
    sessions = parser.parse_args().sessions
    with served() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        tabs = [session(browser) for _ in range(sessions)]
        print(f"{sessions} sessions open: the server has {memory(server.pid)} MB")
        wrong = [fault for turn in range(ROUNDS) for fault in one_round(tabs, turn)]
        print(f"after {ROUNDS} rounds: {memory(server.pid)} MB, at most {memory(server.pid, 'VmHWM')} MB")
        browser.close()
    print("\n".join(wrong) or "no error, no mixed result")
    sys.exit(bool(wrong))


def session(browser: Browser) -> Page:
    """A session of its own, with the page in it."""
    tab = browser.new_context().new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto(f"http://{ADDRESS}:{PORT}")
    tab.locator(".sentence").first.wait_for()
    return tab


def one_round(tabs: list[Page], turn: int) -> list[str]:
    """Everybody pastes, everybody clicks, then everybody is asked what is shown; what was wrong, in words."""
    texts = [article(turn * len(tabs) + number) for number in range(len(tabs))]
    for tab, text in zip(tabs, texts, strict=True):
        if turn:
            tab.get_by_role("button", name="New text").click()
        tab.get_by_role("textbox").fill(text)
    start = time.perf_counter()
    for tab in tabs:
        tab.get_by_role("button", name="Annotate").click(no_wait_after=True)
    faults = [
        fault for number, (tab, text) in enumerate(zip(tabs, texts, strict=True)) for fault in check(tab, number, text)
    ]
    print(f"round {turn + 1}: all {len(tabs)} answered in {time.perf_counter() - start:.1f} s")
    return faults


def check(tab: Page, number: int, text: str) -> list[str]:
    """What is wrong with what a session shows, once it shows its own article or has been waited for long enough."""
    from playwright.sync_api import expect

    article, faults = tab.get_by_role("article"), []
    try:
        expect(article).to_contain_text(text[-60:].strip(), timeout=WAIT)
        expect(article).to_contain_text(text[:60], timeout=WAIT)
    except AssertionError:
        faults.append(f"session {number}: not its article after {WAIT // 1000} s")
    shown = article.text_content()
    if shown != text:
        faults.append(f"session {number} shows {shown[:80] if shown else shown!r}")
    errors = tab.get_by_test_id("stAlert").count()
    return [*faults, *([f"session {number} shows {errors} messages"] if errors else [])]


def memory(process: int, field: str = "VmRSS") -> int:
    """Megabytes that a process has in memory, or had at most ("VmHWM"); Linux only."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) // 1024


if __name__ == "__main__":
    main()
