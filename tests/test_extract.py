"""Files to text: every kind, and what is wrong with files."""

from __future__ import annotations

import io
import struct
import sys
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator import extract
from annotator.errors import InputError

TEXT = "The ferry will stop on Monday, the harbour board said. “We are sorry,” said Olga Lindqvist. 🚢"
ACCENTS = "Le café de Zoë rouvrira jeudi, a déclaré l’hôtelière à la presse, après une année très agitée. " * 5
PAGE = """<html><head><title>Ferry to stop</title><meta charset="{charset}"></head><body>
<nav><a href="/">Home</a><a href="/sport">Sport</a></nav><article><h1>Ferry to stop</h1>
<p>The ferry will stop on Monday, the harbour board said in a statement on its own pages.</p>
<p>It may return in spring, and the cafés on both banks fear for a long and empty winter.</p>
<script>alert(1)</script></article><footer>Cookies, terms and other furniture</footer></body></html>"""


def docx_file(*paragraphs: str) -> bytes:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Left cell", "Right cell"
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def changed_docx(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The same file with another main part."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part.filename, change(data) if part.filename == "word/document.xml" else data)
    return file.getvalue()


def pdf_file(*lines: str, password: str | None = None, pages: int = 1) -> bytes:
    """A PDF written by hand: a page of lines in Helvetica, `pages` times."""
    pypdf = pytest.importorskip("pypdf")
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = pypdf.PdfWriter()
    name = NameObject
    font = DictionaryObject({name("/Type"): name("/Font"), name("/Subtype"): name("/Type1")})
    font[name("/BaseFont")] = name("/Helvetica")
    for _ in range(pages):
        page = writer.add_blank_page(595, 842)
        page[name("/Resources")] = DictionaryObject({name("/Font"): DictionaryObject({name("/F1"): font})})
        stream = DecodedStreamObject()
        shown = "".join(f"({line}) Tj T* " for line in lines)
        stream.set_data(f"BT /F1 12 Tf 14 TL 50 800 Td {shown}ET".encode("latin-1"))
        page[name("/Contents")] = stream
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


@pytest.mark.parametrize("charset", ["punycode", "idna", "utf-7", "unicode_escape", "rot13", "nonsense"])
def test_a_page_cannot_have_itself_read_by_a_codec_of_python(charset: str) -> None:
    page = f'<meta charset="{charset}"><p>The caf\xe9 said no.</p>'.encode("cp1252")
    assert extract.page_encoding(page).startswith("cp125")
    assert "The café said no." in extract.read_html(page)


def test_what_no_text_can_hold_is_replaced_in_a_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "_pages", lambda reader: iter(["The mayor said \ud800 no."]))
    assert extract.read_pdf(pdf_file("x")) == "The mayor said \ufffd no."


def test_an_encoding_that_is_said_is_believed_or_refused() -> None:
    page = "<p>Наш банк сказал нет.</p>".encode("koi8-r")
    assert "Наш банк" in extract.read_html(page, "koi8-r")
    with pytest.raises(InputError, match="the page is not in utf-8"):
        extract.read_html(page, "utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_plain_text_is_kept_to_the_letter(encoding: str) -> None:
    assert extract.read("a.TXT", f"{TEXT}\r\n\tEnd.".encode(encoding)).text == f"{TEXT}\r\n\tEnd."


@given(st.text().filter(lambda text: "\0" not in text and not text.startswith("\ufeff")))
def test_any_text_in_utf8_comes_back(text: str) -> None:
    content = text.encode("utf-8", "ignore")
    assert extract.read_text(content).text == content.decode("utf-8")


def test_another_encoding_is_read_and_reported() -> None:
    found = extract.read("a.txt", ACCENTS.encode("cp1252"))
    assert "café" in found.text
    assert found.note is not None
    assert "not in UTF-8" in found.note
    assert extract.read("a.txt", ACCENTS.encode()).note is None


def test_markdown_becomes_its_words() -> None:
    source = "# Ferry *to* stop\n\nThe [board](http://example.org) said\nso.\n\n- one\n- two `x`\n\n<b>bold</b>\n"
    assert (
        extract.read("a.md", source.encode()).text
        == "Ferry to stop\n\nThe board said\nso.\n\none\n\ntwo x\n\n<b>bold</b>"
    )


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_html_gives_the_article_without_its_furniture(charset: str) -> None:
    pytest.importorskip("trafilatura")
    text = extract.read_html(PAGE.format(charset=charset).encode(charset))
    assert text.startswith("Ferry to stop\n\nThe ferry will stop on Monday")
    assert "cafés on both banks" in text
    assert not [word for word in ("Home", "Cookies", "alert", "<") if word in text]


def test_html_without_an_article_gives_all_its_words() -> None:
    pytest.importorskip("trafilatura")
    assert "The board said no." in extract.read_html(b"<p>The board <b>said</b> no.</p>")


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"<div>" * 9000, b"<a>" * 50_000, b"<!DOCTYPE x [<!ENTITY a '&a;&a;'>]><p>&a;</p>", b"<\0p>\0"],
)
def test_html_without_text_is_refused(content: bytes) -> None:
    pytest.importorskip("trafilatura")
    with pytest.raises(InputError, match=r"HTML|encoding"):
        extract.read_html(content)


def test_docx_gives_paragraphs_and_cells_in_order() -> None:
    assert extract.read("a.docx", docx_file("First.", "", TEXT)).text == f"First.\n\n{TEXT}\n\nLeft cell\n\nRight cell"


def test_a_tab_stop_is_no_tab() -> None:
    stops = b'<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="720"/></w:tabs></w:pPr>'
    content = changed_docx(docx_file("First."), lambda xml: xml.replace(b"<w:p>", stops, 1))
    assert extract.read_docx(content).startswith("First.")


def test_docx_takes_insertions_and_leaves_out_deletions() -> None:
    tracked = (
        b"<w:ins><w:r><w:t>ADDED</w:t></w:r></w:ins><w:del><w:r><w:delText>GONE</w:delText></w:r></w:del>"
        b"<w:moveFrom><w:r><w:t>MOVED</w:t></w:r></w:moveFrom>"
    )
    content = changed_docx(docx_file("First."), lambda xml: xml.replace(b"</w:p>", tracked + b"</w:p>", 1))
    text = extract.read_docx(content)
    assert "ADDED" in text
    assert "GONE" not in text
    assert "MOVED" not in text


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = changed_docx(docx_file("First."), lambda xml: xml + b" " * (extract.MOST_XML_BYTES + 1))
    assert len(bomb) < 200_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(InputError, match="unpacks to"):
        extract.read_docx(bomb)


def test_a_zip_that_lies_about_its_size_is_no_way_around() -> None:
    bomb = changed_docx(docx_file("First."), lambda xml: xml + b" " * (extract.MOST_XML_BYTES + 1))
    size = struct.pack("<I", zipfile.ZipFile(io.BytesIO(bomb)).getinfo("word/document.xml").file_size)
    with pytest.raises(InputError, match="damaged"):
        extract.read_docx(bomb.replace(size, struct.pack("<I", 1000)))


def test_entities_in_a_docx_stay_small() -> None:
    doctype = b'<!DOCTYPE x [<!ENTITY a "0123456789"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><w:document '
    content = changed_docx(
        docx_file("First."), lambda xml: xml.replace(b"<w:document ", doctype).replace(b"First", b"&b;")
    )
    assert "0123456789" not in extract.read_docx(content)


@pytest.mark.parametrize("content", [b"", b"no zip", b"\xd0\xcf\x11\xe0 old", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_docx_is_refused(content: bytes) -> None:
    pytest.importorskip("docx")
    with pytest.raises(InputError, match=r"damaged|\.doc"):
        extract.read_docx(content)


def test_pdf_keeps_lines_and_joins_hyphenated_words() -> None:
    text = extract.read_pdf(pdf_file("The council has appro-", "ved the new ferry line."))
    assert text.split("\n") == ["The council has approved the new ferry line."]


def test_a_pdf_without_text_is_called_a_scan() -> None:
    with pytest.raises(InputError, match="holds no text"):
        extract.read_pdf(pdf_file())


def test_an_encrypted_pdf_is_called_so() -> None:
    with pytest.raises(InputError, match="encrypted"):
        extract.read_pdf(pdf_file("The council met.", password="secret"))  # noqa: S106


def test_a_pdf_is_read_up_to_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    content = pdf_file("The council met.", pages=3)
    monkeypatch.setattr(extract, "MOST_CHARACTERS", 20)
    with pytest.raises(InputError, match="more than 20 characters"):
        extract.read_pdf(content)
    monkeypatch.setattr(extract, "MOST_PAGES", 2)
    with pytest.raises(InputError, match="3 pages"):
        extract.read_pdf(content)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"no pdf at all"])
def test_a_damaged_pdf_is_refused(content: bytes) -> None:
    pytest.importorskip("pypdf")
    with pytest.raises(InputError, match="damaged"):
        extract.read_pdf(content)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.exe", b"MZ", "none of"),
        ("docx", b"x", "none of"),
        ("a.txt", b"", "holds no text"),
        ("a.txt", b"\x89PNG\0\0\0", "no text in any known encoding"),
        ("a.txt", b"x" * (extract.MOST_TEXT_BYTES + 1), "split it"),
        ("a.pdf", b"x" * (extract.MOST_BYTES + 1), "split it"),
    ],
)
def test_what_cannot_be_read_is_said(name: str, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        extract.read(name, content)


@given(st.binary(max_size=300), st.sampled_from(extract.SUFFIXES), st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.4\n"]))
def test_bytes_of_any_kind_give_text_or_one_line(content: bytes, suffix: str, start: bytes) -> None:
    message = ""
    try:
        assert extract.read(f"a{suffix}", start + content).text.strip()
    except InputError as error:
        message = str(error)
    assert "\n" not in message


@pytest.mark.parametrize(("suffix", "module"), [(".html", "trafilatura"), (".docx", "docx"), (".pdf", "pypdf")])
def test_a_missing_extra_is_named(suffix: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=r"three-voices\[web\]"):
        extract.read(f"a{suffix}", b"<p>text")
