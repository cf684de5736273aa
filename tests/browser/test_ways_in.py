"""What only a browser proves of the ways in: uploads, what is too large, stopping, and the profile on the screen."""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from annotator.page import intake
from annotator.page.server import ADDRESS, SETTINGS
from tests.browser.conftest import axe_findings
from tests.test_extract import docx_file

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HOSTILE_NAME = "![x](http://example.org/x.png)<img src='http:example.org'>.docx"
NEWS = "The mayor said the pool would open in June. It is a disgraceful delay. The works may last until spring.\n\n"


def choose(tab: Page, name: str, content: bytes) -> None:
    tab.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})


def test_a_word_file_with_a_hostile_name(context: BrowserContext, address: str) -> None:
    from playwright.sync_api import expect

    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    tab = context.new_page()
    tab.goto(address)
    expect(tab.get_by_role("article")).to_contain_text(intake.demo(intake.FIRST_DEMO)[:40])
    choose(tab, HOSTILE_NAME, b"no zip")
    expect(tab.get_by_role("alert")).to_contain_text("![x](http://example.org/x.png)<img src")
    expect(tab.get_by_role("alert")).to_contain_text("damaged")
    choose(tab, HOSTILE_NAME, docx_file("The board said <img src=http://example.org/y.png> no.", "It may rain."))
    expect(tab.get_by_role("article")).to_contain_text("The board said <img src=http://example.org/y.png> no.")
    expect(tab.get_by_role("textbox")).to_have_count(0)
    tab.get_by_role("tab", name="Profile").click()
    expect(tab.get_by_role("heading", name="Hedging words")).to_be_visible()
    assert {urlsplit(url.removeprefix("blob:")).hostname for url in asked} == {"127.0.0.1"}


@pytest.mark.parametrize(("host", "status"), [("localhost", 101), ("127.0.0.1", 101), ("news.example", 403)])
def test_the_page_answers_to_its_own_names_alone(address: str, host: str, status: int) -> None:
    port = urlsplit(address).port
    key = "MDEyMzQ1Njc4OWFiY2RlZg=="
    handshake = {"Host": f"{host}:{port}", "Origin": f"http://{host}:{port}", "Connection": "Upgrade"}
    handshake |= {"Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key}
    asked = http.client.HTTPConnection(ADDRESS, port, timeout=30)
    asked.request("GET", "/_stcore/stream", headers=handshake)
    assert asked.getresponse().status == status
    asked.close()


def test_what_is_too_large_gets_a_message_and_the_page_lives_on(context: BrowserContext, address: str) -> None:
    from playwright.sync_api import expect

    tab = context.new_page()
    tab.goto(address)
    article = tab.get_by_role("article")
    expect(article).to_contain_text(intake.demo(intake.FIRST_DEMO)[:40])
    choose(tab, "large.txt", b"x" * ((int(SETTINGS["server.maxUploadSize"]) << 20) + 1))
    expect(tab.get_by_text(re.compile(r"must be .*20.*MB or smaller"))).to_be_visible()
    tab.get_by_role("textbox").fill("word " * 1_000_000)
    tab.get_by_role("button", name="Annotate").click()
    expect(tab.get_by_test_id("stAlertContainer")).to_contain_text("5,000,000 characters")
    tab.get_by_role("textbox").fill(NEWS)
    tab.get_by_role("button", name="Annotate").click()
    expect(article).to_contain_text("a disgraceful delay")
    expect(tab.get_by_test_id("stAlertContainer")).to_have_count(0)


def test_a_long_text_is_stopped_and_gone_on_with(context: BrowserContext, address: str) -> None:
    from playwright.sync_api import expect

    tab = context.new_page()
    tab.goto(address)
    expect(tab.get_by_role("article")).to_contain_text(intake.demo(intake.FIRST_DEMO)[:40])
    tab.get_by_role("textbox").fill(NEWS * 1000)
    tab.get_by_role("button", name="Annotate").click()
    expect(tab.get_by_role("article")).to_contain_text("a disgraceful delay")
    tab.get_by_role("button", name="Editorial framing").click()
    tab.get_by_role("button", name="Stop").click()
    expect(tab.get_by_text(re.compile(r"Stopped after [\d,]+ of 3,000 sentences"))).to_be_visible()
    expect(tab.locator(".sentence").first).to_be_visible()
    assert 0 < tab.locator(".sentence").count() < 3000
    expect(tab.get_by_role("button", name="Editorial framing")).to_have_attribute("aria-pressed", "true")
    assert tab.get_by_role("article").text_content() == NEWS * 1000
    expect(tab.get_by_role("textbox")).to_have_count(0)
    tab.get_by_role("button", name="Go on").click()
    expect(tab.get_by_text(re.compile("^3,?000 sentences:"))).to_be_visible(timeout=300_000)
    expect(tab.locator(".sentence")).to_have_count(3000)
    expect(tab.get_by_role("button", name="Stop")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_profile(browser: Browser, address: str, scheme: Any) -> None:
    tab = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 844})
    tab.goto(address)
    tab.get_by_role("tab", name="Profile").click()
    tab.get_by_role("heading", name="Hedging words").wait_for()
    for table in tab.locator("details.figures summary").all():
        table.click()
    findings = axe_findings(tab, "[role=tabpanel]")
    tab.close()
    assert findings == ""
