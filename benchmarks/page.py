"""Milliseconds from a click on Annotate to the first highlight, as the browser sees it: `python -m benchmarks.page`.

Debian's Chromium, a warm page, the demo article's 15 first sentences with another place name each time.
"""

from __future__ import annotations

import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from annotator.page import demo
from annotator.page.server import ADDRESS, command

PORT = 8766
ROUNDS = 12
WARM_UP = 2
WAIT = """(word) => new Promise((done) => {
  const host = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")].at(-1).shadowRoot;
  const button = [...document.querySelectorAll("button")].find((one) => one.textContent.includes("Annotate"));
  const start = performance.now();
  const look = () => host.querySelector("article").textContent.includes(word)
    ? requestAnimationFrame(() => done(performance.now() - start))
    : requestAnimationFrame(look);
  button.click();
  look();
})"""


def main() -> None:
    """Serve the page, annotate again and again, print the median, fastest and slowest round."""
    from playwright.sync_api import sync_playwright

    text = demo().split("\n\n", 1)[1]
    text = text[: text.rindex(" A ferry")]
    with served(), sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        tab = browser.new_page()
        tab.goto(f"http://{ADDRESS}:{PORT}")
        tab.wait_for_selector(".sentence", timeout=60_000)
        times = []
        for number in range(ROUNDS):
            word = f"Kelling{number}"
            tab.get_by_role("textbox").fill(text.replace("Kelling", word))
            tab.wait_for_timeout(300)
            times.append(tab.evaluate(WAIT, word))
        browser.close()
    warm = times[WARM_UP:]
    print(f"first highlight: median {median(warm):.0f} ms, {min(warm):.0f} to {max(warm):.0f} in {len(warm)} rounds")


@contextmanager
def served() -> Iterator[None]:
    """The page on PORT, until the block ends."""
    server = subprocess.Popen(command(PORT))  # noqa: S603 - the command is ours
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://{ADDRESS}:{PORT}/_stcore/health")
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
