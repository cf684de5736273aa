"""The text of a file: plain text, Markdown, HTML, Word or PDF. Bounded, offline, and never run.

HTML, Word and PDF need the extra `web`. No message repeats anything that stands in the file.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from types import ModuleType
from typing import Any

from annotator.errors import InputError

SUFFIXES = (".txt", ".md", ".html", ".htm", ".docx", ".pdf")
MOST_BYTES = 20 * 2**20
"""A longer file is refused."""
MOST_TEXT_BYTES = 4 * 2**20
"""A longer .txt, .md or .html file is refused: it holds no single article, and parsing it would stall the page."""
MOST_CHARACTERS = 1_000_000
"""A .pdf is read up to here, and refused if there is more."""
MOST_TAGS = 40_000
"""Tags in HTML: finding the article takes time that grows with their square."""
MOST_PAGES = 2_000
MOST_PARTS = 2_000
MOST_XML_BYTES = 24 * 2**20
"""XML in a .docx, unpacked: parsed, it takes some twenty times its size."""
MOST_UNPACKED_BYTES = 96 * 2**20

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; the one of UTF-32-LE begins with that of UTF-16-LE, and comes first."""
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([\w-]{1,40})", re.IGNORECASE)
_HEAD = 4096
_WEB_CHARSETS = re.compile(
    r"utf-8|utf-16(-[lb]e)?|ascii|iso8859-\d+|cp(125\d|874|866|932|949|950)|koi8-[ru]|mac-(roman|cyrillic)|"
    r"gb2312|gbk|gb18030|big5(hkscs)?|euc_(jp|kr)|iso2022_jp|shift_jis"
)
"""Python's names of what browsers read; of its other codecs some take time that grows with the square of the page."""
_HYPHENATED = re.compile(r"(?<=[a-z])[-\u00ad]\n(?=[a-z])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = re.compile(r"\w{2}")
_WORD_XML = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_NOT_SHOWN = {f"{_WORD_XML}moveFrom", _FALLBACK, f"{_WORD_XML}tabs"}
"""What stands in a Word file a second time: text before it was moved, drawings for older programs; and tab stops,
which are named like tabs."""
_BREAKS = {f"{_WORD_XML}tab": "\t", f"{_WORD_XML}br": "\n", f"{_WORD_XML}cr": "\n", f"{_WORD_XML}noBreakHyphen": "-"}


@dataclass(frozen=True)
class Extract:
    """The text of a file, and what its reader should know about how it was read, if anything."""

    text: str
    note: str | None = None


def read(name: str, content: bytes) -> Extract:
    """The text of a file called `name`, whose suffix says what it is.

    Raises:
        InputError: another suffix, too long, damaged, encrypted, without text, or the extra `web` is missing.

    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"the file is none of {', '.join(SUFFIXES)}; save it as one of them")
    if len(content) > MOST_BYTES:
        raise InputError(f"the file has {len(content):,} bytes, read are up to {MOST_BYTES:,}; split it")
    readers: dict[str, Callable[[bytes], Extract]] = {
        ".txt": read_text,
        ".md": read_markdown,
        ".docx": lambda data: Extract(read_docx(data)),
        ".pdf": lambda data: Extract(read_pdf(data)),
    }
    return _with_words(readers[suffix](content) if suffix in readers else Extract(read_html(content)))


def read_text(content: bytes) -> Extract:
    """Plain text to the letter, in UTF-8 or in the encoding that its bytes look most like.

    Raises:
        InputError: too long, or no text in any known encoding.

    """
    _refuse_long(content)
    text, encoding = _decode(content)
    if encoding == "utf-8":
        return Extract(text)
    return Extract(text, f"The file is not in UTF-8; it was read as {encoding}. Are accents and quotation marks right?")


def read_markdown(content: bytes) -> Extract:
    """The words of a Markdown file, a blank line between its blocks; HTML in it is text like any other.

    Raises:
        InputError: as for `read_text`.

    """
    from markdown_it import MarkdownIt

    found = read_text(content)
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(found.text)
    blocks = (_inline(token.children) if token.children else token.content for token in tokens)
    return Extract("\n\n".join(block.strip("\n") for block in blocks if block.strip()), found.note)


def page_encoding(content: bytes) -> str:
    """The encoding of a web page: by byte order mark, UTF-8, what it declares, or a guess.

    Raises:
        InputError: it is no text in any known encoding.

    """
    return _decode(content, html=True)[1]


def read_html(content: bytes, encoding: str | None = None) -> str:
    """The article of a web page without its furniture, headline first; all its words where no article is found.

    Raises:
        InputError: too long, not to be parsed, no text in the encoding or any known, or the extra `web` is missing.

    """
    _refuse_long(content)
    trafilatura = _needs("trafilatura")
    html = _decode(content, html=True)[0] if encoding is None else _decode_as(content, encoding)
    if (tags := html.count("<")) > MOST_TAGS:
        raise InputError(f"the HTML has {tags:,} tags, read are up to {MOST_TAGS:,}; copy its text instead")
    if "<html" not in html.lower():  # trafilatura takes whole pages only
        html = f"<html><body>{html}</body></html>"
    try:
        found = trafilatura.bare_extraction(html, include_comments=False, with_metadata=True)
        text = _under_headline(found.title, found.text) if found and found.text else trafilatura.html2txt(html)
    except Exception as error:  # a parser may fail on hostile HTML in ways of its own
        raise InputError("the HTML cannot be parsed; open it in a browser and copy its text") from error
    if not _WORDS.search(text):
        raise InputError("no text is found in the HTML; open it in a browser and copy its text")
    return "\n\n".join(line for line in text.splitlines() if line.strip())


def read_docx(content: bytes) -> str:
    """The paragraphs of a Word document in order, also those in tables and text boxes, with insertions accepted.

    Headers, footers, notes and comments are left out.

    Raises:
        InputError: damaged, unpacking to more than is safe, or the extra `web` is missing.

    """
    docx = _needs("docx")
    _refuse_bomb(content)
    try:
        body = docx.Document(io.BytesIO(content)).element.body
        return "\n\n".join(paragraph for paragraph in _paragraphs(body) if paragraph.strip())
    except Exception as error:  # whatever XML, zip or relations of a damaged file bring up
        raise InputError("the .docx is damaged, or no Word document; open it in Word and save it again") from error


def read_pdf(content: bytes) -> str:
    """The text of a PDF, page by page; lines are kept, words hyphenated at a line's end are joined.

    Raises:
        InputError: damaged, encrypted, without text (a scan), too long, or the extra `web` is missing.

    """
    pypdf = _needs("pypdf")
    try:
        text = "\n".join(page.strip("\n") for page in _pages(pypdf.PdfReader(io.BytesIO(content))))
    except InputError:
        raise
    except Exception as error:  # pypdf lets errors of many kinds through
        raise InputError("the .pdf is damaged; open it and print it to a new PDF, or copy its text") from error
    if not _WORDS.search(text):
        raise InputError("the .pdf holds no text, only pictures of it (a scan); run text recognition (OCR) on it first")
    return _SURROGATE.sub("\ufffd", _HYPHENATED.sub("", text))


def _with_words(found: Extract) -> Extract:
    if not _WORDS.search(found.text):
        raise InputError("the file holds no text; open it and see what is in it")
    return found


def _refuse_long(content: bytes) -> None:
    if len(content) > MOST_TEXT_BYTES:
        raise InputError(f"the file has {len(content):,} bytes, as text read are up to {MOST_TEXT_BYTES:,}; split it")


def _decode(content: bytes, *, html: bool = False) -> tuple[str, str]:
    """The text and the name of its encoding: by byte order mark, UTF-8, what HTML declares, or a guess."""
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), "utf-8")
    declared = _META_CHARSET.search(content[:_HEAD]) if html else None
    for name in (encoding, _web_charset(declared[1].decode("ascii", "replace")) if declared else None):
        try:
            if name and "\0" not in (text := content.decode(name).removeprefix("\ufeff")):
                return text, name
        except (LookupError, UnicodeError):
            continue
    return _guess(content)


def _decode_as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeError as error:
        raise InputError(f"the page is not in {encoding}: {error}; name another encoding, or none") from error


def _web_charset(name: str) -> str | None:
    try:
        known = codecs.lookup(name).name
    except LookupError:
        return None
    return known if _WEB_CHARSETS.fullmatch(known) else None


def _guess(content: bytes) -> tuple[str, str]:
    """What the bytes look most like; of several as likely, the one that English on Windows is written in."""
    from charset_normalizer import from_bytes

    likely = [] if b"\0" in content else list(from_bytes(content))
    if not likely:
        raise InputError("the file is no text in any known encoding; save it as UTF-8")
    usual = (one for one in likely if one.encoding == "cp1252" and one.chaos <= likely[0].chaos)
    best = next(usual, likely[0])
    return str(best), best.encoding


def _inline(children: list[Any]) -> str:
    breaks = {"softbreak": "\n", "hardbreak": "\n"}
    return "".join(breaks.get(child.type, child.content) for child in children)


def _under_headline(title: str | None, text: str) -> str:
    return text if not title or title in text[: 2 * len(title)] else f"{title}\n\n{text}"


def _refuse_bomb(content: bytes) -> None:
    """Refuse what unpacks to too much; `zipfile` never reads more of a part than the size declared here."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        old = content.startswith(b"\xd0\xcf\x11\xe0")
        fact = "encrypted, or of the old .doc kind" if old else "damaged, or no Word document"
        raise InputError(f"the .docx is {fact}; open it in Word and save it again") from error
    xml = sum(part.file_size for part in parts if part.filename.lower().endswith((".xml", ".rels")))
    whole = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or xml > MOST_XML_BYTES or whole > MOST_UNPACKED_BYTES:
        fact = f"unpacks to {whole:,} bytes in {len(parts):,} parts, too much for an article"
        raise InputError(f"the .docx {fact}; copy its text instead")


def _paragraphs(body: Any) -> Iterator[str]:
    """The text of each paragraph, in document order; a text box interrupts the paragraph it hangs on."""
    words: list[str] = []
    for element in _shown(body):
        if element.tag == f"{_WORD_XML}p":
            yield "".join(words)
            words = []
        elif element.tag == f"{_WORD_XML}t":
            words.append(element.text or "")
        else:
            words.append(_BREAKS.get(element.tag, ""))
    yield "".join(words)


def _shown(element: Any) -> Iterator[Any]:
    """The elements in document order, but for what stands in the file twice."""
    stack = [element]
    while stack:
        element = stack.pop()
        yield element
        stack.extend(child for child in reversed(element) if child.tag not in _NOT_SHOWN)


def _pages(reader: Any) -> Iterator[str]:
    if reader.is_encrypted:
        raise InputError("the .pdf is encrypted; save it without a password, or copy its text")
    if len(reader.pages) > MOST_PAGES:
        raise InputError(f"the .pdf has {len(reader.pages):,} pages, read are up to {MOST_PAGES:,}; split it")
    length = 0
    for page in reader.pages:
        text = page.extract_text()
        length += len(text)
        if length > MOST_CHARACTERS:
            raise InputError(f"the .pdf has more than {MOST_CHARACTERS:,} characters; split it")
        yield text


def _needs(module: str) -> ModuleType:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            "HTML, Word and PDF files need the extra `web`, which is not installed; "
            "run: pip install 'three-voices[web]', or paste the text"
        ) from error
