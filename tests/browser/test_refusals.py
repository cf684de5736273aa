"""What is refused harms nobody: neither the server nor those who read beside whoever sent it."""

from __future__ import annotations

import http.client
import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from annotator import Annotator, Document
from annotator.page import intake
from annotator.page.server import SETTINGS
from tests.browser.conftest import PATIENCE
from tests.test_app import bomb

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NEWS = "The mayor said the pool would open in June. It is a disgraceful delay. The works may last until spring.\n\n"
LONG = NEWS * 60
SMALL = "The board said no. It may rain."
MEGABYTE = 1 << 20
SENT = 210
"""Megabytes of a file that is sent past the browser's own check."""
BOUNDARY = "----------three-voices"
HEAD = (
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="file"; filename="large.txt"\r\n'
    "Content-Type: text/plain\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def readers(browser: Browser, address: str) -> Iterator[list[Page]]:
    """Two who have the page open, each in a browser of their own."""
    from playwright.sync_api import expect

    contexts = [browser.new_context(), browser.new_context()]
    tabs = [context.new_page() for context in contexts]
    for tab in tabs:
        tab.set_default_timeout(PATIENCE)
        tab.goto(address)
        expect(tab.get_by_role("article")).to_contain_text(intake.demo(intake.FIRST_DEMO)[:40])
    yield tabs
    for context in contexts:
        context.close()


def test_a_refused_file_does_not_disturb_who_reads_beside_it(
    readers: list[Page], annotator: Annotator, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    one, other = readers
    other.get_by_role("textbox").fill(LONG)
    other.get_by_role("button", name="Annotate").click()
    expect(other.get_by_role("article")).to_contain_text("a disgraceful delay")
    choose(one, "story.docx", bomb())
    expect(one.get_by_role("alert")).to_contain_text("story.docx cannot be read")
    expect(one.get_by_role("alert")).to_contain_text("too much for an article")
    expect(one.get_by_role("article")).to_contain_text(intake.demo(intake.FIRST_DEMO)[:40])
    expect(other.get_by_text(re.compile("^180 sentences:"))).to_be_visible(timeout=5 * PATIENCE)
    expect(other.get_by_role("alert")).to_have_count(0)
    assert download(other, tmp_path) == annotator.annotate(LONG)
    choose(one, "story.txt", SMALL.encode())
    expect(one.get_by_role("article")).to_have_text(SMALL)
    expect(one.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("told", [True, False], ids=["length told", "in chunks"])
def test_a_file_sent_past_the_browsers_check_is_refused(
    readers: list[Page], address: str, annotator: Annotator, tmp_path: Path, told: bool
) -> None:
    """The browser's own check can be left out; the server counts what it is told, and what comes."""
    from playwright.sync_api import expect

    one, other = readers
    assert int(SETTINGS["server.maxUploadSize"]) < SENT
    url, ticket = way_in(one)
    assert send(url, ticket, told=told) == (413, "File too large")
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=60) as answer:  # noqa: S310
        assert answer.read() == b"ok"
    other.get_by_role("textbox").fill(NEWS)
    other.get_by_role("button", name="Annotate").click()
    expect(other.get_by_role("article")).to_have_text(NEWS)
    assert download(other, tmp_path) == annotator.annotate(NEWS)
    one.get_by_role("button", name="Science story").click()
    expect(one.get_by_role("article")).to_contain_text(intake.demo("Science story")[:40])


def test_a_file_from_who_has_no_session_or_no_token_is_refused(readers: list[Page]) -> None:
    url, ticket = way_in(readers[0])
    stranger = re.sub(r"[0-9a-f-]{36}", "00000000-0000-4000-8000-000000000000", url, count=1)
    assert send(stranger, ticket, told=False, megabytes=1)[0] == 400
    assert send(url, {}, told=False, megabytes=1)[0] == 403


def choose(tab: Page, name: str, content: bytes) -> None:
    tab.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})


def way_in(tab: Page) -> tuple[str, dict[str, str]]:
    """Where the browser sends this session's files, and what it says to be let in; a small file tells."""
    from playwright.sync_api import expect

    with tab.expect_request("**/_stcore/upload_file/**") as found:
        choose(tab, "story.txt", SMALL.encode())
    expect(tab.get_by_role("article")).to_have_text(SMALL)
    headers = found.value.all_headers()
    return found.value.url, {name: headers[name] for name in ("cookie", "x-xsrftoken")}


def send(url: str, ticket: dict[str, str], *, told: bool, megabytes: int = SENT) -> tuple[int, str]:
    """Send a file of zeros, a megabyte at a time, under the session's address; the answer."""
    place = urlsplit(url)
    headers = {**ticket, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    if told:
        headers["Content-Length"] = str(len(HEAD) + megabytes * MEGABYTE + len(TAIL))
    line = http.client.HTTPConnection(str(place.hostname), place.port, timeout=PATIENCE / 1000)
    try:
        with suppress(ConnectionError):  # refused before all was sent: the answer is waiting
            line.request("PUT", place.path, body(megabytes), headers, encode_chunked=not told)
        with line.getresponse() as answer:
            return answer.status, answer.read().decode()
    finally:
        line.close()


def body(megabytes: int) -> Iterator[bytes]:
    zeros = bytes(MEGABYTE)
    yield HEAD
    for _ in range(megabytes):
        yield zeros
    yield TAIL


def download(tab: Page, folder: Path) -> Document:
    with tab.expect_download() as started:
        tab.get_by_role("button", name="Download").click()
        tab.get_by_role("button", name="JSON", exact=True).click()
    started.value.save_as(folder / "annotated.json")
    return Document.from_dict(json.loads((folder / "annotated.json").read_text(encoding="utf-8")))
