"""Two texts side by side: every word of both is there, escaped, and what is new or gone is marked."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given

from annotator.compare import compare
from annotator.marks import Document
from annotator.render_compare import fragment, pieces, style, to_html
from tests.test_compare import REWRITE, WIRE, documents

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "section", "div", "table", "caption", "thead", "tbody"),
    *("tr", "th", "td", "p", "ul", "li", "span", "meter", "bdi", "del", "ins"),
}
ATTRIBUTES = ("class", "scope", "title", "data-label", "value", "aria-hidden")


class Page(HTMLParser):
    """The tags of a page, whether they close as they open, and the words of its `bdi`s."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.isolated: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert all(name in ATTRIBUTES for name, _ in attrs) or tag in ("html", "meta")
        self.tags.add(tag)
        if tag != "meta":
            self.open.append(tag)
        if tag == "bdi":
            self.isolated.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "bdi" in self.open:
            self.isolated[-1] += data


def fit(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text.replace("\0", "\u2400"))


def test_additions_and_losses_are_marked() -> None:
    page = fragment(compare(WIRE, REWRITE), WIRE, REWRITE)
    assert '<ins data-label="framing" title="framing">Chaos looms</ins> as 14 berths' in page
    assert '<p class="said" data-label="framing"><span class="spoken">Editorial framing: </span><bdi><ins' in page
    assert '<ins data-label="speculation" title="speculation">may</ins>' in page
    assert 'in <del title="date">March</del>.' in page
    assert page.count("Claim without its source") == 1
    assert "<li><bdi>The port authority</bdi></li>" in page
    assert '<li data-label="framing"><bdi>a sorry tale</bdi></li>' in page


def test_shares_stand_beside_their_change() -> None:
    page = fragment(compare(WIRE, REWRITE), WIRE, REWRITE)
    rows = re.findall(r'<tr data-label="(\w+)">.*?</meter>(\d+%).*?</meter>(\d+%)</td><td>(.*?)</td></tr>', page)
    assert rows == [
        ("sourced", "50%", "25%", "−25"),
        ("framing", "0%", "50%", "+50"),
        ("speculation", "0%", "25%", "+25"),
        ("plain", "50%", "0%", "−50"),
    ]


def test_what_neither_has_is_none() -> None:
    assert fragment(compare(WIRE, WIRE), WIRE, WIRE).count('<span class="none">none</span>') == 8


def test_a_piece_knows_all_that_covers_it() -> None:
    found = compare(WIRE, REWRITE).dropped
    last = len(WIRE.sentences) - 1
    assert [(piece.text, piece.kinds) for piece in pieces(WIRE, last, found.spans)] == [
        ("Fuel prices fell in ", ()),
        ("March", ("date",)),
        (".", ()),
    ]


def test_the_page_loads_and_runs_nothing() -> None:
    page = to_html(compare(WIRE, REWRITE), WIRE, replace(REWRITE, id="</title><script>"))
    assert "<script" not in page
    assert Page(page).tags <= TAGS
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in html.unescape(page)
    assert "url(" not in page
    assert "<title>First text and &lt;/title&gt;" in page


@given(documents, documents)
def test_any_text_is_escaped_and_whole(a: Document, b: Document) -> None:
    found = compare(a, b)
    page = to_html(found, a, b)
    assert Page(page).open == []
    assert Page(page).tags <= TAGS
    texts = Page(re.search(r'<table class="texts">.*?</table>', page, flags=re.DOTALL)[0])  # type: ignore[index]
    shown = texts.isolated[2:]
    expected = []
    for row in found.rows():
        expected += [a.text[a.sentences[index].start : a.sentences[index].end] for index in row.a]
        expected += [b.text[b.sentences[index].start : b.sentences[index].end] for index in row.b]
    assert [one.replace("\r", "\n") for one in shown] == [fit(one).replace("\r", "\n") for one in expected]
