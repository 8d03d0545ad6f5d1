"""What stands near the body of an unknown page: the lines that name its time, its writers, its section, its tags.

Templates print these between title and body, or right after the body: in plain words ("Chuyên mục: …"), in
microformats (``rel="author"``, ``class="published"``), or in HTML's own elements (``<time>``, ``<address>``). Anything
further off belongs to other articles, to readers' comments or to the site.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from archive.model import PublishedSource
from pipelines.blocks import Block
from pipelines.bylines import is_signature
from pipelines.container import HEADLINE, names
from pipelines.dates import FoundDate, parse_machine, parse_printed
from pipelines.html import element_text

_BEHIND = 16
_LONGEST = 200
_LONGEST_SECTION = 60
_IN_A_LIST = frozenset({"li", "ul", "ol", "h3", "h4", "h5", "h6", "span", "strong"})
_FURNITURE = frozenset({"nav", "footer", "aside"})
_COMMENTS = re.compile(r"comment|binh-?luan|respond", re.IGNORECASE)
_CATEGORY_NAME = re.compile(r"categor|cat-links|chuyen-?muc|danh-?muc|taxonomy-category", re.IGNORECASE)
_CATEGORY_PATH = re.compile(r"/(?:category|categories|chuyen-muc|danh-muc|the-loai|section)s?/", re.IGNORECASE)
_TAG_NAME = re.compile(r"(?:^|[\s_-])(?:tags?|tu-?khoa)(?:$|[\s_-])", re.IGNORECASE)
_TAG_PATH = re.compile(r"/(?:tags?|tu-khoa|chu-de|topics?)/", re.IGNORECASE)
_CATEGORY_LABEL = re.compile(r"(?:chuyên mục|danh mục|thể loại|category|categorized as|posted in)\b", re.IGNORECASE)
_SHARING = re.compile(r"//(?:[\w-]+\.)*(?:facebook|twitter|x|zalo|linkedin|pinterest|t)\.(?:com|me|vn)/|^mailto:", re.I)
_TAG_LABEL = re.compile(r"(?:tags?|tagged(?: with)?|từ khó?a|từ khoá|thẻ|nhãn)\s*(?::|$)", re.IGNORECASE)
_BY = re.compile(r"^(?:(?:written |posted |published )?by|(?:đăng |viết )?bởi|tác giả)\s*:?\s+", re.IGNORECASE)
_AUTHOR_NAME = re.compile(r"author|byline|tac-?gia", re.IGNORECASE)
_CHANGED = re.compile(r"updated|modified", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Nearby:
    """What the lines around a body say; ``authors`` are lines as printed, without "By"."""

    published: FoundDate | None = None
    published_source: PublishedSource = "visible"
    authors: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()


def read_nearby(page: list[Block], start: int, body: list[int]) -> Nearby:
    """Read the blocks of ``page`` from ``start`` (the title's index) to the body and the first ones behind it.

    ``body`` are the indices of the body's own blocks.
    """
    lines = list(_around(page, start, body))
    dated = next((found for line in lines if (found := _time(line))), None)
    return Nearby(
        published=dated[0] if dated else None,
        published_source=dated[1] if dated else "visible",
        authors=tuple(dict.fromkeys(next((who for line in lines if (who := _authors(line))), []))),
        section=next((name for line in lines if (name := _section(line))), None),
        tags=_tags(lines),
    )


def _around(page: list[Block], start: int, body: list[int]) -> Iterator[Block]:
    first, last = (min(body), max(body)) if body else (start, start)
    for block in page[start + 1 : first]:
        if len(block.text) <= _LONGEST and not _is_elsewhere(block.element):
            yield block
    for block in page[last + 1 : last + 1 + _BEHIND]:
        if (block.heading and not _is_tagged(block)) or _is_teaser(block) or _is_elsewhere(block.element):
            return
        if len(block.text) <= _LONGEST:
            yield block


def _is_tagged(block: Block) -> bool:
    """Whether a line is nothing but tags, each of which a template may set as a heading."""
    return block.linked and all(map(_is_tag, block.element.iter("a")))


def _is_teaser(block: Block) -> bool:
    """Whether a block is the headline of another article."""
    if not block.linked or len(block.text) < HEADLINE:
        return False
    links = list(block.element.iter("a"))
    return len(links) == 1 and not _is_tag(links[0]) and not is_category(links[0])


def _is_elsewhere(element: HtmlElement) -> bool:
    """Whether ``element`` stands among readers' comments, or in a menu or footer that is the site's."""
    node: HtmlElement | None = element
    furniture = False
    while node is not None and node.tag not in ("body", "article", "main"):
        if _COMMENTS.search(names(node)):
            return True
        furniture = furniture or node.tag in _FURNITURE
        node = node.getparent()
    return furniture and (node is None or node.tag == "body")


def _time(line: Block) -> tuple[FoundDate, PublishedSource] | None:
    """The time in the markup of ``line`` (``<time datetime>``, ``<abbr title>``), else the one it prints."""
    for element in line.element.iter("time", "abbr"):
        name = names(element)
        if _CHANGED.search(name) and "published" not in name:
            continue
        if found := parse_machine(element.get("datetime") or element.get("title") or ""):
            return found, "meta"
    printed = parse_printed(line.text)
    return (printed, "visible") if printed else None


def _authors(line: Block) -> list[str]:
    """The writers that ``line`` links to or marks as such, or whose names are all it says."""
    links = list(line.element.iter("a"))
    marked = [link for link in links if "author" in (link.get("rel") or "").split()]
    if marked:
        return [name for link in marked if (name := element_text(link))]
    parts = (
        part for part in line.element.iterdescendants("span", "a", "b", "strong") if _AUTHOR_NAME.search(names(part))
    )
    printed = next((name for part in parts if is_signature(name := element_text(part)) and name in line.text), None)
    if printed:
        return [printed]
    element, said = line.element, _BY.sub("", line.text)
    named = said != line.text or element.tag == "address" or _AUTHOR_NAME.search(_own_and_parents_names(element))
    linked = [element_text(link) for link in links]
    found = linked if linked and not _letters(said) - _letters("".join(linked)) else [said]
    return found if named and all(map(is_signature, found)) else []


def _letters(text: str) -> Counter[str]:
    return Counter(char for char in text if char.isalpha())


def _section(line: Block) -> str | None:
    labelled = _CATEGORY_LABEL.match(line.text)
    for link in line.element.iter("a"):
        if labelled or is_category(link):
            name = element_text(link)
            if 0 < len(name) <= _LONGEST_SECTION:
                return name
    return None


def _tags(lines: list[Block]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    label: Block | None = None
    box: HtmlElement | None = None
    for line in lines:
        if _TAG_LABEL.match(line.text):
            label, box = line, None
        elif label is not None and line.linked and (box is None or line.element.getparent() is box):
            # A label alone on its line speaks for the links behind it: one line of them, or one list.
            box = line.element.getparent()
        else:
            label = None
        named = label is line or (label is not None and next(label.element.iter("a"), None) is None)
        links = (link for link in line.element.iter("a") if _is_tag(link) or (named and not _is_tool(link)))
        links = (link for link in links if not is_category(link))
        found |= {name: None for link in links if (name := element_text(link).strip("#,; "))}
    return tuple(found)


def _is_tool(link: HtmlElement) -> bool:
    """Whether ``link`` shares, prints or sends the page: what stands under an empty label "Từ khóa:"."""
    return "nofollow" in (link.get("rel") or "") or bool(_SHARING.search(link.get("href") or ""))


def is_category(link: HtmlElement) -> bool:
    """Whether a link is marked as one to the article's section."""
    return _kind(link) == "section"


def _is_tag(link: HtmlElement) -> bool:
    return _kind(link) == "tag"


def _kind(link: HtmlElement) -> Literal["section", "tag"] | None:
    """What a link leads to by its ``rel``, its class and its address, the most telling first.

    Some templates write ``rel="tag"`` on sections as well, some keep their tags under ``/categories/``.
    """
    rel, named, path = (link.get("rel") or "").split(), _names_up_to_the_box(link), _path(link)
    if "category" in rel:
        return "section"
    if _TAG_NAME.search(named):
        return "tag"
    if _CATEGORY_NAME.search(named):
        return "section"
    if "tag" in rel or _TAG_PATH.search(path):
        return "tag"
    return "section" if _CATEGORY_PATH.search(path) else None


def _own_and_parents_names(node: HtmlElement) -> str:
    return f"{names(node)} {names(node.getparent())}"


def _names_up_to_the_box(link: HtmlElement) -> str:
    """The names of ``link``, of the elements of a list around it, and of the box that these stand in."""
    found, node = names(link), link.getparent()
    while node is not None and node.tag in _IN_A_LIST:
        found, node = f"{found} {names(node)}", node.getparent()
    return f"{found} {names(node)}"


def _path(link: HtmlElement) -> str:
    try:
        return urlsplit(link.get("href") or "").path
    except ValueError:
        return ""
