"""HTML that real portals write, parsed into one tree that every reader of a page shares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

import lxml.html
from cssselect import HTMLTranslator
from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HtmlProcessingInstruction

from pipelines.text import clean

# Closing tags of the document are implied at its end and harmful before it: libxml2 2.14 ends the document at
# the first one, and the Mediatech CMS writes "</html>" right after "<html …>".
_DOCUMENT_TAG = re.compile(r"<(/?)(!doctype|html|head|body)\b[^<>]{0,4000}>", re.IGNORECASE)
# The parser compares each attribute of a tag with all before it: a million of them would take hours.
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000,}")
_ATTRIBUTE = re.compile(r"""\s+[^\s=>"'/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")
_WINDOW = 10_000
_MOST_ATTRIBUTES = 1000
# One class for all elements: lxml's own parser asks a Python function for the class of each.
_CLASSES = etree.ElementDefaultClassLookup(HtmlElement, HtmlComment, HtmlProcessingInstruction, HtmlEntity)
# cssselect asks every element for its class or id; to go from those on the page to their elements is twice as fast.
_ASKED = re.compile(
    r"(?<=::)(?P<tag>\*|[\w-]+)\[(?:@id = (?P<id>'[\w-]+')|@class and contains\(@class, (?P<name>'[\w-]+')\) and "
    r"contains\(concat\(' ', normalize-space\(@class\), ' '\), (?P<word>'[\w -]+')\))\]"
)
# What XML has no place for: lxml reads it, and refuses to write it where an element is taken out of a text.
_CONTROLS = bytes(32 if code < 32 and chr(code) not in "\t\n\r" else code for code in range(256))
_NONCHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")
_CONTROL_REFERENCE = re.compile(
    rb"&#(?:0*(?:[1-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)|[xX]0*(?:[1-8bBcCeEfF]|1[\da-fA-F]|[fF]{3}[eEfF])(?![\da-fA-F]));?"
)
_VOID_DOCUMENT = "<html><head></head><body></body></html>"
_IN_HEAD = frozenset({"title", "meta", "link", "script", "style", "base", "noscript", "template", "object", "bgsound"})
_LENGTH = etree.XPath("string-length()")
_UNSEEN = frozenset({"script", "style", "noscript", "template", "head", "title", "meta", "link", "base", "svg", "math"})


def repair(text: str) -> str:
    """``text`` with one document's worth of ``<html>``, ``<head>`` and ``<body>`` tags and no closing ones too many.

    Later documents nested in the first are unwrapped: their tags go, their content stays. Of a tag's attributes
    the first thousand stay. Applying it to its own result changes nothing.
    """
    seen: set[tuple[str, str]] = set()

    def keep_first(match: re.Match[str]) -> str:
        slash, name = match.group(1), match.group(2).lower()
        closes_document = bool(slash) and name in ("html", "body")
        if closes_document or (slash, name) in seen:
            return " "
        seen.add((slash, name))
        return match.group()

    return _DOCUMENT_TAG.sub(keep_first, _without_bombs(text.replace("\x00", " ")))


def _without_bombs(text: str) -> str:
    """``text`` with tags of more attributes than any page has cut short; a long tag fills some window without a ">"."""
    windows = range(0, len(text) - _WINDOW + 1, _WINDOW)
    if all(text.find(">", start, start + _WINDOW) >= 0 for start in windows):
        return text
    return _LONG_TAG.sub(_fewer_attributes, text)


def _fewer_attributes(match: re.Match[str]) -> str:
    tag = match.group()
    for count, attribute in enumerate(_ATTRIBUTE.finditer(tag)):
        if count == _MOST_ATTRIBUTES:
            return tag[: attribute.start()]
    return tag


def parse_html(text: str) -> HtmlElement:
    """The tree of ``text`` after :func:`repair`; text that holds no element gives an empty document. Never raises.

    Control characters become blanks, those that a reference names too.
    """
    data = repair(text).encode("utf-8", "replace").translate(_CONTROLS)
    data = _CONTROL_REFERENCE.sub(b" ", _NONCHARACTER.sub(b" ", data))
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    parser.set_element_class_lookup(_CLASSES)
    try:
        root = lxml.html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        root = lxml.html.document_fromstring(_VOID_DOCUMENT)
    _empty_head(root)
    return root


def _empty_head(root: HtmlElement) -> None:
    """Move content out of ``<head>`` into ``<body>``.

    Both tags may be left out, and libxml2 takes ``<article>``, ``<main>`` and ``<section>`` for head elements then.
    """
    head = root.find("head")
    if head is None:
        return
    first = next((i for i, node in enumerate(head) if isinstance(node.tag, str) and node.tag not in _IN_HEAD), None)
    if first is None:
        return
    body = root.find("body")
    if body is None:
        body = lxml.html.Element("body")
        root.append(body)
    moved = head[first:]
    moved[-1].tail, body.text = (moved[-1].tail or "") + (body.text or ""), None
    body[0:0] = moved


@lru_cache(maxsize=1024)
def _compiled(selector: str) -> etree.XPath:
    return etree.XPath(_ASKED.sub(_found, HTMLTranslator().css_to_xpath(selector)))


def _found(asked: re.Match[str]) -> str:
    tag, name, word = asked["tag"], asked["name"], asked["word"]
    if asked["id"]:
        return f"{tag}/@id[. = {asked['id']}]/parent::*"
    return f"{tag}/@class[contains(., {name}) and contains(concat(' ', normalize-space(.), ' '), {word})]/parent::*"


def select(root: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements under ``root`` (itself included) that the CSS ``selector`` matches, in document order."""
    found: list[HtmlElement] = _compiled(selector)(root)
    return found


def select_first(root: HtmlElement, selectors: tuple[str, ...]) -> tuple[HtmlElement | None, str | None]:
    """The first element any of ``selectors`` (tried in order) finds, and the selector that found it."""
    for selector in selectors:
        found = select(root, selector)
        if found:
            return found[0], selector
    return None, None


def visible_strings(element: HtmlElement) -> Iterator[str]:
    """The text nodes a browser would print, in document order."""
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if event == "start":
            if node.tag in _UNSEEN:
                walk.skip_subtree()
            elif node.text:
                yield node.text
        elif node is not element and node.tail:
            yield node.tail


def text_length(element: HtmlElement) -> int:
    """How many characters of text ``element`` holds, scripts and style sheets left out."""
    return int(_LENGTH(element)) - sum(len(unseen.text or "") for unseen in element.iter("script", "style"))


def element_text(element: HtmlElement) -> str:
    """The printed text of ``element`` as one line; for ``<meta>`` its content."""
    if element.tag == "meta":
        return clean(element.get("content") or "")
    return clean("".join(visible_strings(element)))


def prints_text(root: HtmlElement) -> bool:
    """Whether the page prints anything at all."""
    return any(not part.isspace() for part in visible_strings(root))


def base_url(root: HtmlElement, page_url: str) -> str:
    """The address that relative links of the page start from: ``<base href>``, else the page's own."""
    base = root.find(".//base[@href]")
    try:
        return urljoin(page_url, base.get("href") or "") if base is not None else page_url
    except ValueError:
        return ""


def resolve(base: str, link: str | None) -> str | None:
    """``link`` made absolute against ``base``; ``None`` for anything but http and https."""
    if not base or not link or not link.strip():
        return None
    try:
        url = urljoin(base, link.strip())
        return url if urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None
