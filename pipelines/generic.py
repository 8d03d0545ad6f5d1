"""Reading a page of unknown make: by what it declares about itself and by where its text is dense."""

from __future__ import annotations

from datetime import datetime

from lxml.html import HtmlElement

from pipelines.blocks import Block, Picture, read_blocks
from pipelines.body import Body, clear_body
from pipelines.container import (
    ENOUGH,
    FURNITURE,
    blocks_of,
    find_container,
    inside,
    is_listing,
    names,
)
from pipelines.fallback import trafilatura_lines
from pipelines.html import element_text
from pipelines.kinds import declares_video, has_player, is_dated, is_missing, listing_kind, many_headlines, obstacle
from pipelines.metadata import Metadata
from pipelines.reading import Reading, settle_lead, without_title
from pipelines.scripted import fill_by_scripts
from pipelines.surroundings import after_title, find_title, read_surroundings, visible_date
from pipelines.text import match_key

_LONG = 80
_FEWEST_PHOTOS = 3
_NEAR_TITLE = 3


def read_generic(root: HtmlElement, metadata: Metadata, fetched: datetime, url: str) -> Reading | str:
    """Read ``root`` without a layout; a page that is no article gives the reason as a word."""
    fill_by_scripts(root)
    items = read_blocks(root)
    page = blocks_of(items)
    title, heading, rung = find_title(page, metadata)
    dated = is_dated(metadata)
    if not dated and (reason := obstacle(root, page, title)):
        return reason
    container = find_container(root, page)
    if container is None:
        container = _gallery(items)
    if container is None and dated:
        container = _stage(heading, metadata)
    if container is None:
        return _why_nothing(root, page, title, url, metadata)
    if not title:
        return "no-title"
    mine = [block for block in inside(container, page) if block.element is not heading]
    if heading is None and sum(len(block.text) for block in mine) < ENOUGH * 3:
        return _why_nothing(root, page, title, url, metadata)
    if match_key(title) == match_key(metadata.meta_first("og:site_name") or "") or is_listing(mine):
        return listing_kind(url, title, metadata, page) or "listing"
    reading = Reading(title=title, body=Body(), rungs={"layout": "generic", "title": rung, "text": "density"})
    reading.container = container
    reading.visible = visible_date(page, mine, heading, fetched)
    elements = set(container.iter())
    furniture = _furniture(container)
    own = [item for item in items if item.element in elements and item.element not in furniture]
    own = after_title(own, heading, reading.visible)
    reading.body = clear_body(_lead_pictures(items, heading, elements) + without_title(own, title), title)
    if not dated and reading.visible is None and (reason := _why_none(reading, page, url, metadata)):
        return reason
    _judge(reading, container)
    reading.signatures = list(reading.body.signatures)
    read_surroundings(reading, page, mine, reading.body.blocks, heading, metadata)
    settle_lead(reading, in_body=True)
    return reading


def _gallery(items: list[Block | Picture]) -> HtmlElement | None:
    """What a photo story stands in: the innermost element around all its pictures with captions."""
    pictures = [item.element for item in items if isinstance(item, Picture) and item.caption]
    if len(pictures) < _FEWEST_PHOTOS:
        return None
    around = pictures[0].getparent()
    while around is not None and not all(around in picture.iterancestors() for picture in pictures[1:]):
        around = around.getparent()
    return around if around is not None and around.tag not in ("body", "html") else None


def _stage(heading: HtmlElement | None, metadata: Metadata) -> HtmlElement | None:
    """What a film without a text stands in: the element around the title that plays it."""
    around = heading.getparent() if heading is not None else None
    declared = declares_video(metadata)
    for _ in range(_NEAR_TITLE):
        if around is None or around.tag in ("body", "html"):
            return None
        if declared or has_player(around):
            return around
        around = around.getparent()
    return None


def _why_nothing(root: HtmlElement, page: list[Block], title: str, url: str, metadata: Metadata) -> str:
    kind = listing_kind(url, title, metadata, page)
    if kind == "search":
        return kind
    if is_missing([title, *(block.text for block in page if not block.linked)]):
        return "soft-404"
    return obstacle(root, page, title) or kind or ("listing" if many_headlines(page) else "no-container")


def _why_none(reading: Reading, page: list[Block], url: str, metadata: Metadata) -> str | None:
    """Why a text without any date is no article: a page that says it lists, or that something is missing."""
    if is_missing([reading.title]) and sum(len(block.text) for block in reading.body.blocks) < ENOUGH * 3:
        return "soft-404"
    kind = listing_kind(url, reading.title, metadata, page)
    return kind if kind in ("search", "tag") or (kind == "home-page" and many_headlines(page)) else None


def _furniture(container: HtmlElement) -> set[HtmlElement]:
    """What stands in the container's own ``<footer>`` (writer, section, tags) and in boxes named like advertisements
    or lists of other articles, unless much of the text does.
    """
    boxes = [
        node
        for node in container.iter("footer", "div", "section", "aside", "ul")
        if node is not container
        and (node.tag == "footer" or FURNITURE.search(names(node)))
        and next(node.iterancestors("blockquote"), None) is None
    ]
    printed = sum(len(element_text(box)) for box in boxes)
    if not boxes or printed * 4 > len(element_text(container)):
        return set()
    return {element for box in boxes for element in box.iter()}


def _lead_pictures(
    items: list[Block | Picture], heading: HtmlElement | None, elements: set[HtmlElement]
) -> list[Block | Picture]:
    """Captioned pictures between title and body, or right before the title; a caption may stand under its picture."""
    start = next((i for i, item in enumerate(items) if item.element is heading), None)
    stop = next((i for i, item in enumerate(items) if item.element in elements), 0)
    if start is None:
        return []
    between = items[max(0, start - 1) : start] + items[start + 1 : stop]
    last: Picture | None = None
    for item in between:
        if isinstance(item, Picture):
            last = item
        elif last and not last.caption and (item.role == "caption" or match_key(item.text) == match_key(last.alt)):
            last.caption = item.text
    return [item for item in between if isinstance(item, Picture) and item.caption]


def _judge(reading: Reading, container: HtmlElement) -> None:
    """Leave in the body what trafilatura takes for body, and what it lost: all between, and long paragraphs around.

    It is asked only where its answer can change something: it takes half of the time of a page.
    """
    blocks = reading.body.blocks
    if not _is_doubtful(blocks):
        return
    taken = match_key(" ".join(trafilatura_lines(container)))
    known = [match_key(block.text) in taken for block in blocks]
    if not any(known):
        reading.quality.append("unconfirmed-text")
        reading.body.blocks = [block for block in blocks if not block.linked]
        return
    first, last = known.index(True), len(known) - 1 - known[::-1].index(True)
    kept: list[Block] = []
    for i, (block, confirmed) in enumerate(zip(blocks, known, strict=True)):
        running = not block.linked and (first < i < last or len(block.text) >= _LONG)
        if confirmed or running:
            kept.append(block)
        if running and not confirmed and "restored-paragraphs" not in reading.quality:
            reading.quality.append("restored-paragraphs")
    reading.body.blocks = kept
    reading.rungs["text"] = "density+trafilatura"


def _is_doubtful(blocks: list[Block]) -> bool:
    """Whether a block is a link, or stands as a short line before the first or after the last long paragraph."""
    ends = blocks[:1] + blocks[-1:]
    return any(block.linked for block in blocks) or any(len(block.text) < _LONG for block in ends)
