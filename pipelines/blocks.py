"""The container of an article read as a flat sequence of paragraphs and pictures, in document order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile

from lxml import etree
from lxml.html import HtmlElement

from pipelines.html import element_text
from pipelines.text import clean

BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "html", "legend", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_SKIPPED = frozenset({
    "script", "style", "noscript", "template", "head", "title", "meta", "link", "base", "svg", "math", "ins",
    "iframe", "object", "embed", "audio", "video", "canvas", "button", "select", "option", "textarea", "input",
    "label", "map", "progress", "dialog",
})  # fmt: skip
_BOLD = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"})
_ITALIC = frozenset({"i", "em", "cite"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN_CLASS = re.compile(r"(?:^|\s)(?:hidden|hide|d-none|sr-only|visually-hidden|modal)(?:\s|$)")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ALIGN = re.compile(r"text-align\s*:\s*(right|center|end|left|justify|start)", re.IGNORECASE)
_ALIGN_CLASS = re.compile(r"(?:^|\s)(?:text-?|align-?)?(right|center)(?:$|\s)", re.IGNORECASE)
_SIGNATURE_CLASS = re.compile(r"author|pseudonym|byline|tac-?gia|signature|source", re.IGNORECASE)
_CAPTION_CLASS = re.compile(r"caption|image_?desc|img-?desc|photo-?note|chu-?thich", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…:;\"”)]\s*$")
_TEMPLATE = "{{"
_CONTAINING = frozenset({"li", "blockquote", "tr"})
_DEEPEST = 16
_LONGEST_LINKED = 20_000
_FIGURE_TEXT = 600
_CELL_TEXT = 240


Link = tuple[int, int, HtmlElement]


@dataclass(slots=True)
class Block:
    """One paragraph: its text, the element it was read from, and how it is set.

    ``bold`` and ``italic`` say that all of its letters are, ``linked`` that most are; ``align`` is ``"right"``,
    ``"center"`` or ``""``; ``role`` is ``"caption"`` or ``"signature"`` where a class says so. ``path`` are the
    list items, quotations and table rows around it, outermost first; ``cells`` the texts of a table row.
    """

    text: str
    element: HtmlElement
    bold: bool = False
    italic: bool = False
    linked: bool = False
    heading: bool = False
    align: str = ""
    role: str = ""
    path: tuple[HtmlElement, ...] = ()
    cells: tuple[str, ...] = ()
    line: _Line | None = None

    @property
    def links(self) -> list[Link]:
        """Its ``<a>`` elements, each with its first and its last character (exclusive)."""
        return self.line.links_in(self.text) if self.line is not None else []


@dataclass(slots=True)
class Picture:
    """One picture: its element and, once paired, the caption printed with it."""

    element: HtmlElement
    caption: str | None = None

    @property
    def alt(self) -> str:
        """The alternative text, cleaned."""
        return clean(self.element.get("alt") or "")


@dataclass(slots=True)
class _Line:
    """The text of a paragraph while it is read, with a tally of how its letters are set.

    ``anchors`` are ``<a>`` elements by the parts they begin before and end before. Few paragraphs are ever asked for
    their links, so these are found late.
    """

    parts: list[str] = field(default_factory=list)
    anchors: list[Link] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    placed: dict[str, list[Link]] | None = None
    letters: int = 0
    bold: int = 0
    italic: int = 0
    linked: int = 0

    def links_in(self, text: str) -> list[Link]:
        """The links in ``text``, one of the paragraphs of this line."""
        if self.placed is None:
            self.placed = _place_links(self)
        return self.placed.get(text, [])


class _Reader:
    """Reads a container; one instance per container, no state outlives it."""

    def __init__(
        self, container: HtmlElement, figures: frozenset[HtmlElement], captions: frozenset[HtmlElement]
    ) -> None:
        self.items: list[Block | Picture] = []
        self.figures = figures
        self.captions = captions
        self.owners: list[HtmlElement] = [container]
        self.aligns: list[str] = [""]
        self.roles: list[str] = [""]
        self.paths: list[tuple[HtmlElement, ...]] = [()]
        self.line = _Line()
        self.bold = self.italic = self.linked = 0
        self.anchor: tuple[int, HtmlElement] | None = None

    def read(self, container: HtmlElement) -> list[Block | Picture]:
        walk = etree.iterwalk(container, events=("start", "end", "comment", "pi"))
        skipped: HtmlElement | None = None
        for event, node in walk:
            if event == "start":
                if node is not container and self._take_whole(node):
                    walk.skip_subtree()
                    skipped = node
                    continue
                self._open(node, node is container)
                self._text(node.text)
            else:
                if event == "end" and node is not skipped:
                    self._close(node, node is container)
                skipped = None
                if node is not container:
                    self._text(node.tail)
        self._flush()
        return self.items

    def _take_whole(self, node: HtmlElement) -> bool:
        """Handle elements that are not walked into; says whether ``node`` was one."""
        tag = node.tag
        if tag in _SKIPPED or is_hidden(node):
            return True
        if tag == "img":
            self._flush()
            self.items.append(Picture(node))
            return True
        if node in self.figures or tag == "figure" or (tag == "table" and _is_picture_table(node)):
            return self._figure(node)
        if tag == "tr":
            return self._table_row(node)
        return False

    def _figure(self, node: HtmlElement) -> bool:
        pictures = read_figure(node, self.captions)
        if not pictures or len(element_text(node)) > _FIGURE_TEXT * len(pictures):
            return False
        self._flush()
        self.items.extend(pictures)
        return True

    def _table_row(self, row: HtmlElement) -> bool:
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        if len(cells) < 2 or any(next(cell.iter("table", "img"), None) is not None for cell in cells):
            return False
        texts = [element_text(cell) for cell in cells]
        if sum(map(bool, texts)) < 2 or max(map(len, texts)) > _CELL_TEXT:
            return False
        self._flush()
        # The blank that an empty last cell leaves is no text.
        text = " | ".join(texts).strip()
        self.items.append(Block(text, row, path=self.paths[-1], cells=tuple(texts)))
        return True

    def _open(self, node: HtmlElement, outermost: bool) -> None:
        tag = node.tag
        if tag == "br":
            self.line.parts.append("\n")
        elif tag in BLOCK_TAGS and not outermost:
            self._flush()
            self.owners.append(node)
            self.aligns.append(_alignment(node) or self.aligns[-1])
            self.roles.append(_role(node) or self.roles[-1])
            path = self.paths[-1]
            self.paths.append((*path, node) if tag in _CONTAINING and len(path) < _DEEPEST else path)
        elif tag == "a" and self.anchor is None and node.get("href"):
            self.anchor = len(self.line.parts), node
        self._weigh(tag, 1)

    def _close(self, node: HtmlElement, outermost: bool) -> None:
        tag = node.tag
        if tag in BLOCK_TAGS and not outermost:
            self._flush()
            self.owners.pop()
            self.aligns.pop()
            self.roles.pop()
            self.paths.pop()
        elif self.anchor is not None and node is self.anchor[1]:
            self.line.anchors.append((self.anchor[0], len(self.line.parts), node))
            self.anchor = None
        self._weigh(tag, -1)

    def _weigh(self, tag: object, change: int) -> None:
        if tag in _BOLD:
            self.bold += change
        if tag in _ITALIC:
            self.italic += change
        if tag == "a":
            self.linked += change

    def _text(self, text: str | None) -> None:
        line = self.line
        if not text or (not line.letters and text.isspace()):  # Most text of a page is the indentation of its source.
            return
        # A newline of the source is a blank; only <br> breaks a line.
        line.parts.append(text.replace("\n", " "))
        letters = len(text) - text.count(" ") - text.count("\n") - text.count("\xa0")
        line.letters += letters
        line.bold += letters if self.bold else 0
        line.italic += letters if self.italic else 0
        line.linked += letters if self.linked else 0

    def _flush(self) -> None:
        if not self.line.parts and not self.line.anchors:
            return
        line, self.line = self.line, _Line()
        if self.anchor is not None:  # A link around several paragraphs is a link in each.
            line.anchors.append((self.anchor[0], len(line.parts), self.anchor[1]))
            self.anchor = 0, self.anchor[1]
        if not line.letters:
            return
        owner = self.owners[-1]
        printed = "".join(line.parts)
        line.texts = _split_breaks(printed)
        linked = line if line.anchors and len(printed) <= _LONGEST_LINKED else None
        for text in line.texts:
            if _TEMPLATE in text:
                continue
            self.items.append(
                Block(
                    text,
                    owner,
                    bold=line.bold >= line.letters,
                    italic=line.italic >= line.letters,
                    linked=line.linked * 2 > line.letters,
                    heading=owner.tag in _HEADINGS,
                    align=self.aligns[-1],
                    role=self.roles[-1],
                    path=self.paths[-1],
                    line=linked,
                )
            )


def read_blocks(
    container: HtmlElement, figures: Iterable[HtmlElement] = (), captions: Iterable[HtmlElement] = ()
) -> list[Block | Picture]:
    """The paragraphs and pictures of ``container`` in document order.

    ``figures`` are elements that hold a picture with its caption, ``captions`` the captions inside them;
    ``<figure>`` and a small table around a picture are recognised without being named. Scripts, forms'
    fields, hidden elements and leaked ``{{`` templates print nothing. No recursion: any depth is safe.
    """
    return _Reader(container, frozenset(figures), frozenset(captions)).read(container)


def read_figure(node: HtmlElement, captions: frozenset[HtmlElement]) -> list[Picture]:
    """The pictures of a figure; the last has the caption, which is the named element's text or all that is printed."""
    pictures = [Picture(image) for image in node.iter("img") if not _is_hidden_within(image, node)]
    if pictures:
        named = [element for element in node.iter() if element in captions]
        lines = [text for element in named or [node] if (text := element_text(element))]
        pictures[-1].caption = " ".join(dict.fromkeys(lines)) or None
    return pictures


def _is_hidden_within(image: HtmlElement, figure: HtmlElement) -> bool:
    between = takewhile(lambda node: node is not figure, image.iterancestors())
    return any(is_hidden(node) for node in (image, *between))


def is_hidden(node: HtmlElement) -> bool:
    """Whether the markup of ``node`` itself says that a browser would not show it."""
    attributes = node.attrib
    if not attributes:
        return False
    style = attributes.get("style")
    return (
        "hidden" in attributes
        or bool(style and _HIDDEN_STYLE.search(style))
        or bool((name := attributes.get("class")) and _HIDDEN_CLASS.search(name))
    )


def _is_picture_table(table: HtmlElement) -> bool:
    """Whether ``table`` is one column with pictures and the captions under them."""
    rows = list(table.iter("tr"))
    images = sum(1 for _ in table.iter("img"))
    return bool(images) and len(rows) <= 3 * images and all(len(row) <= 1 for row in rows)


def _alignment(node: HtmlElement) -> str:
    style = _ALIGN.search(node.get("style") or "")
    value = (style.group(1) if style else node.get("align") or "").lower()
    if not value and (by_class := _ALIGN_CLASS.search(node.get("class") or "")):
        value = by_class.group(1).lower()
    if node.tag == "center":
        value = "center"
    return {"right": "right", "end": "right", "center": "center"}.get(value, "left" if value else "")


def _role(node: HtmlElement) -> str:
    name = f"{node.get('class') or ''} {node.get('id') or ''}"
    if _CAPTION_CLASS.search(name) or node.tag == "figcaption":
        return "caption"
    return "signature" if _SIGNATURE_CLASS.search(name) else ""


def _split_breaks(text: str) -> list[str]:
    """The paragraphs of a run of text: an empty line always parts them, a single break where a sentence ends."""
    paragraphs: list[str] = []
    fresh = True
    for raw in text.split("\n"):
        line = clean(raw)
        if not line:
            fresh = True
        elif fresh or _SENTENCE_END.search(paragraphs[-1]) or not line[:1].islower():
            paragraphs.append(line)
            fresh = False
        else:
            paragraphs[-1] = f"{paragraphs[-1]} {line}"
    return paragraphs


def _place_links(line: _Line) -> dict[str, list[Link]]:
    """Where the links of ``line`` stand in each of its paragraphs.

    Blanks were collapsed and composed letters made of two, so places are found by counting printed letters.
    """
    places = [(text, at) for text in line.texts for at, char in enumerate(text) if not char.isspace()]
    found: dict[str, list[Link]] = {}
    before = at = 0
    for first, last, element in line.anchors:
        start = before + _printed(line.parts[at:first])
        before, at = start + _printed(line.parts[first:last]), last
        spans: dict[str, tuple[int, int]] = {}
        for text, place in places[start:before]:
            spans[text] = spans.get(text, (place, 0))[0], place + 1
        for text, (begin, end) in spans.items():
            found.setdefault(text, []).append((begin, end, element))
    return found


def _printed(parts: list[str]) -> int:
    return sum(1 for char in clean("".join(parts)) if not char.isspace())
