"""Reading a page of unknown make: by what it declares about itself and by where its text is dense."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import islice, takewhile

from lxml.html import HtmlElement

from pipelines.blocks import Block, Picture, read_blocks
from pipelines.body import Body, clear_body, related
from pipelines.bylines import is_attribution, is_labelled
from pipelines.container import (
    ENOUGH,
    FURNITURE,
    HEADLINE,
    SENTENCE,
    blocks_of,
    find_container,
    inside,
    is_listing,
    names,
)
from pipelines.dates import FoundDate, parse_printed
from pipelines.fallback import trafilatura_lines
from pipelines.html import element_text
from pipelines.kinds import declares_video, has_player, is_dated, is_missing, listing_kind, many_headlines, obstacle
from pipelines.metadata import Metadata
from pipelines.nearby import read_nearby
from pipelines.reading import Reading, settle_lead, without_title
from pipelines.scripted import fill_by_scripts
from pipelines.text import match_key

_CLOCK = re.compile(r"title-time|current-?time|clock|datetime-?now|dong-?ho|header", re.IGNORECASE)
_ARTICLE_HEADER = re.compile(r"article|detail|post|entry|story", re.IGNORECASE)
_LICENCE = re.compile(r"giấy phép|GP-", re.IGNORECASE)
_LEAD_CLASS = re.compile(
    r"sapo|summary|chapeau|hometext|tom-?tat|(?:^|[\s_-])(?:lead|mo-?ta|intro|desc|description)(?:$|[\s_-])",
    re.IGNORECASE,
)
_SITE_SUFFIX = re.compile(r"(?<=.{15})\s+[|–—-]\s+[^|–—]{2,60}$")
_LEVELS = ("h1", "h2", "h3")
_DATE_LINE = 120
_LONG = 80
_FEWEST_PHOTOS = 3
_NEAR_TITLE = 3
# A date may stand in a box around the boxes of the title.
_NEAR_DATE = 5
_SIGNATURES_BEHIND = 4


def read_generic(root: HtmlElement, metadata: Metadata, fetched: datetime, url: str) -> Reading | str:
    """Read ``root`` without a layout; a page that is no article gives the reason as a word."""
    fill_by_scripts(root)
    items = read_blocks(root)
    page = blocks_of(items)
    title, heading, rung = _find_title(page, metadata)
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
    reading.visible = _visible_date(page, mine, heading, fetched)
    elements = set(container.iter())
    furniture = _furniture(container)
    own = [item for item in items if item.element in elements and item.element not in furniture]
    own = _after_title(own, heading, reading.visible)
    reading.body = clear_body(_lead_pictures(items, heading, elements) + without_title(own, title), title)
    if not dated and reading.visible is None and (reason := _why_none(reading, page, url, metadata)):
        return reason
    _judge(reading, container)
    reading.signatures = [*reading.body.signatures, *_signatures_behind(page, mine)]
    start = _index(page, heading)
    kept = [i for block in reading.body.blocks if (i := _index(page, block.element)) is not None]
    reading.nearby = read_nearby(page, min(kept, default=0) - 1 if start is None else start, kept)
    _marked_lead(reading, page, heading, elements, metadata)
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


def _find_title(page: list[Block], metadata: Metadata) -> tuple[str, HtmlElement | None, str]:
    """The title, the heading that prints it, and what answered.

    The first ``<h1>`` may be the portal's own name: a heading counts when a declared headline agrees with
    it, the longest first; one that stands alone counts where nothing is declared.
    """
    headings = [block for block in page if block.element.tag in _LEVELS]
    declared = [match_key(line) for line in metadata.headlines]
    agreeing = [block for block in headings if _agrees(match_key(block.text), declared)]
    best = max(agreeing, key=_fitness, default=None)
    if best is not None:
        return best.text, best.element, f"{best.element.tag!s}+declared"
    headline = metadata.meta_first("og:title") or metadata.json_text("headline")
    lone = [block for block in headings if block.element.tag == "h1" and not block.linked]
    if len(lone) == 1 and not headline:
        return lone[0].text, lone[0].element, "h1"
    if headline:
        return headline, None, "declared"
    return _SITE_SUFFIX.sub("", metadata.title), None, "title-element"


def _fitness(heading: Block) -> tuple[int, bool, int]:
    """A longer heading says more; one that is a link is a teaser's, if the page has the same without."""
    return len(heading.text), not heading.linked, -_LEVELS.index(str(heading.element.tag))


def _agrees(key: str, declared: list[str]) -> bool:
    """Whether a heading is a declared headline, or one of the two is the other with the site's name around it."""
    return len(key) >= 8 and any(
        line.startswith(key)
        or line.endswith(f" {key}")
        or (len(line) >= HEADLINE and key.startswith(line.rstrip(".… ")))
        for line in declared
    )


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


def _index(page: list[Block], element: HtmlElement | None) -> int | None:
    return next((i for i, block in enumerate(page) if block.element is element), None)


def _visible_date(
    page: list[Block], mine: list[Block], heading: HtmlElement | None, fetched: datetime
) -> FoundDate | None:
    """The date printed nearest the title: the first from it to the body's third block, else the last just before it.

    What stands before the title may be the page header's clock: a clock by name, by its distance from the title, or
    by showing the time at which the page was fetched, is passed over.
    """
    start = _index(page, heading)
    body = [i for block in mine[:3] if (i := _index(page, block.element)) is not None]
    if start is None:
        start = (body[0] if body else 0) - 1
    stop = max([start, *body])
    for block in page[start + 1 : stop + 1]:
        if len(block.text) <= _DATE_LINE and (found := parse_printed(block.text)):
            return found
    for block in reversed(page[max(0, start - 4) : max(0, start)]):
        datable = len(block.text) <= _DATE_LINE and not _LICENCE.search(block.text)
        found = parse_printed(block.text) if datable else None
        near = found and _is_near(block.element, heading)
        if found and near and abs(found.when - fetched) > timedelta(minutes=10) and not _is_clock(block.element):
            return found
    return None


def _is_near(element: HtmlElement, heading: HtmlElement | None) -> bool:
    """Whether ``element`` stands in a box with the title, ``<body>`` being none."""
    if heading is None:
        return False
    boxes = [box for box in islice(heading.iterancestors(), _NEAR_DATE) if box.tag not in ("body", "html")]
    return any(box in boxes for box in element.iterancestors())


def _is_clock(element: HtmlElement) -> bool:
    node: HtmlElement | None = element
    for _ in range(6):
        if node is None or node.tag == "body":
            return False
        if node.tag == "header" or _CLOCK.search(names(node)):
            return not _ARTICLE_HEADER.search(names(node))
        node = node.getparent()
    return False


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


def _after_title(
    items: list[Block | Picture], heading: HtmlElement | None, visible: FoundDate | None
) -> list[Block | Picture]:
    """``items`` from the title on, where it is among them, without the line that prints the date."""
    at = next((i for i, item in enumerate(items) if isinstance(item, Block) and item.element is heading), -1)
    rest = items[at + 1 :]
    for i, item in enumerate(rest[:6]):
        if visible and isinstance(item, Block) and len(item.text) <= _DATE_LINE and visible.raw in item.text:
            return rest[:i] + rest[i + 1 :]
    return rest


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


def _signatures_behind(page: list[Block], mine: list[Block]) -> list[str]:
    """Labelled byline and source lines right after the body ("Tác giả: …", "Nguồn tin: …")."""
    last = _index(page, mine[-1].element) if mine else None
    if last is None:
        return []
    behind = page[last + 1 : last + 1 + _SIGNATURES_BEHIND]
    return [block.text for block in behind if is_labelled(block.text) or is_attribution(block.text)]


def _marked_lead(
    reading: Reading, page: list[Block], heading: HtmlElement | None, elements: set[HtmlElement], metadata: Metadata
) -> None:
    """Take a lead that stands between title and body, known by the page's declared summary or else by its class."""
    start = _index(page, heading)
    behind = page[start + 1 :] if start is not None else []
    between = list(takewhile(lambda block: block.element not in elements, behind))
    candidates = [block for block in between if len(block.text) >= SENTENCE]
    declared = (b for b in candidates if any(related(b.text, line) for line in metadata.descriptions))
    named = (b for b in candidates if _LEAD_CLASS.search(f"{names(b.element)} {names(b.element.getparent())}"))
    for rung, blocks in (("declared", declared), ("class", named)):
        if (block := next(blocks, None)) is not None:
            reading.lead, reading.rungs["lead"] = block.text, rung
            return
