"""How fast the page is, as the browser sees it: `python -m benchmarks.page`.

Debian's Chromium, a warm page, the demo article's 15 first sentences with another place name each time: milliseconds
from a click on Annotate to the first highlight. Then the same with --words words of such articles, until the whole text
is annotated, the bytes that the browser sends for a click after that, and the milliseconds (median) from a click on a
filter, and from pointing at a sentence, until the next frame is drawn.
"""

from __future__ import annotations

import argparse
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING

from annotator.page import demo
from annotator.page.server import ADDRESS, command

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PORT = 8766
ROUNDS = 12
WARM_UP = 2
PATIENCE = 600_000
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
WAIT = """(word) => new Promise((done) => {
  const hosts = () => [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
  const button = [...document.querySelectorAll("button")].find((one) => one.textContent.includes("Annotate"));
  const start = performance.now();
  const look = () => [...hosts().at(-1)?.shadowRoot.querySelectorAll(".sentence") ?? []].some(
    (one) => one.textContent.includes(word))
    ? requestAnimationFrame(() => done(performance.now() - start))
    : requestAnimationFrame(look);
  button.click();
  look();
})"""

POINT = """([selector, text, kind, turn]) => new Promise((done) => {
  const reader = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")].at(-1).shadowRoot;
  const found = [...reader.querySelectorAll(selector)].filter((one) => one.textContent.includes(text));
  const start = performance.now();
  found[turn % found.length].dispatchEvent(new PointerEvent(kind, { bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""


def main() -> None:
    """Serve the page and print what was measured."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, nargs="*", default=[1_000, 50_000], help="lengths of the longer texts")
    lengths = parser.parse_args().words
    with served(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        times = short_articles(browser)
        span = f"{min(times):.0f} to {max(times):.0f} in {len(times)} rounds"
        print(f"first highlight: median {median(times):.0f} ms, {span}")
        for words in lengths:
            print(long_text(browser, words))
        browser.close()


def short_articles(browser: Browser) -> list[float]:
    """Milliseconds to the first highlight of 15 sentences, warm."""
    tab, times = opened(browser), []
    for number in range(ROUNDS):
        times.append(annotate(tab, article(number), f"Kelling{number}"))
        tab.get_by_role("button", name="New text").click()
    return times[WARM_UP:]


def long_text(browser: Browser, words: int) -> str:
    """One line of figures for a text of `words` words."""
    tab = opened(browser)
    sent: list[int] = []
    tab.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    tab.reload()
    tab.wait_for_selector(".sentence")
    text = long_article(words)
    start = time.perf_counter()
    first = annotate(tab, text, "Kelling0")
    tab.get_by_role("button", name="Stop").wait_for(state="detached")
    whole = time.perf_counter() - start
    tab.wait_for_timeout(1000)
    pasted = sum(sent)
    sent.clear()
    tab.get_by_role("tab", name="Profile").click()
    tab.get_by_role("heading", name="Hedging words").wait_for()
    shown = time.perf_counter()
    tab.get_by_role("tab", name="Read").click()
    tab.locator(".sentence").first.wait_for()
    back = time.perf_counter() - shown
    filtered = pointed(tab, "button", "framing", "click")
    told = pointed(tab, ".sentence", "Kelling", "pointerover")
    return (
        f"{words:,} words: first highlight {first:.0f} ms, all annotated {whole:.1f} s, {pasted:,} bytes sent until "
        f"then, {sum(sent) / 2:,.0f} bytes a click after that, back to the text in {back:.1f} s, "
        f"filter {filtered:.0f} ms, details {told:.0f} ms"
    )


def pointed(tab: Page, selector: str, text: str, kind: str) -> float:
    """Milliseconds from an event on such an element with `text` in it, another one each time, to the next frame."""
    times: list[float] = [tab.evaluate(POINT, [selector, text, kind, turn]) for turn in range(ROUNDS)]
    return median(times)


def opened(browser: Browser) -> Page:
    """A tab with the page in it, ready."""
    tab = browser.new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto(f"http://{ADDRESS}:{PORT}")
    tab.wait_for_selector(".sentence")
    return tab


def annotate(tab: Page, text: str, word: str) -> float:
    """Milliseconds from a click on Annotate to the first sentence with `word` in it."""
    tab.get_by_role("textbox").fill(text)
    tab.wait_for_timeout(300)
    taken: float = tab.evaluate(WAIT, word)
    return taken


def article(number: int) -> str:
    """The demo article's 15 first sentences, with a place name of its own."""
    text = demo().split("\n\n", 1)[1]
    return text[: text.rindex(" A ferry")].replace("Kelling", f"Kelling{number}")


def long_article(words: int) -> str:
    """So many articles that they have at least `words` words."""
    text, number = "", 0
    while len(text.split()) < words:
        text += "\n\n".join([*(article(number + more) for more in range(10)), ""])
        number += 10
    return " ".join(text.split(" ")[:words])


@contextmanager
def served() -> Iterator[subprocess.Popen[bytes]]:
    """The page on PORT, until the block ends."""
    server = subprocess.Popen(command(PORT))  # noqa: S603 - the command is ours
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://{ADDRESS}:{PORT}/_stcore/health")
                break
            except OSError:
                time.sleep(0.2)
        yield server
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
