"""What stands around a body for which no selector speaks: title, publication time, lead, signatures behind it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import islice, takewhile

from lxml.html import HtmlElement

from pipelines.blocks import Block, Picture
from pipelines.body import related
from pipelines.bylines import is_attribution, is_labelled
from pipelines.container import HEADLINE, SENTENCE, names
from pipelines.dates import FoundDate, parse_printed
from pipelines.metadata import Metadata
from pipelines.nearby import read_nearby
from pipelines.reading import Reading
from pipelines.text import match_key

_CLOCK = re.compile(r"title-time|current-?time|clock|date(?:time)?-?now|dong-?ho|header", re.IGNORECASE)
_ARTICLE_HEADER = re.compile(r"article|detail|post|entry|story", re.IGNORECASE)
_LICENCE = re.compile(r"giấy phép|GP-", re.IGNORECASE)
_LEAD_CLASS = re.compile(
    r"sapo|summary|chapeau|hometext|tom-?tat|(?:^|[\s_-])(?:lead|mo-?ta|intro|desc|description)(?:$|[\s_-])",
    re.IGNORECASE,
)
_SITE_SUFFIX = re.compile(r"(?<=.{15})\s+[|–—-]\s+[^|–—]{2,60}$")
_LEVELS = ("h1", "h2", "h3")
_DATE_LINE = 120
# A date may stand in a box around the boxes of the title.
_NEAR_DATE = 5
_SIGNATURES_BEHIND = 4


def read_surroundings(
    reading: Reading,
    page: list[Block],
    mine: list[Block],
    body: list[Block],
    heading: HtmlElement | None,
    metadata: Metadata,
) -> None:
    """Add to ``reading`` what the lines around its body say: signatures behind it, a lead before it, and ``nearby``.

    ``page`` are the blocks of the page, ``mine`` those of the container; ``heading`` prints the title. What stands
    behind the last of ``body`` is near: all of the container where its end is known, else only what was kept of it.
    """
    reading.signatures += _signatures_behind(page, mine)
    start = _index(page, heading)
    kept = [i for block in body if (i := _index(page, block.element)) is not None]
    reading.nearby = read_nearby(page, min(kept, default=0) - 1 if start is None else start, kept)
    _marked_lead(reading, page, heading, metadata)


def find_title(page: list[Block], metadata: Metadata) -> tuple[str, HtmlElement | None, str]:
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


def visible_date(
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


def after_title(
    items: list[Block | Picture], heading: HtmlElement | None, visible: FoundDate | None
) -> list[Block | Picture]:
    """``items`` from the title on, where it is among them, without the line that prints the date."""
    at = next((i for i, item in enumerate(items) if isinstance(item, Block) and item.element is heading), -1)
    rest = items[at + 1 :]
    for i, item in enumerate(rest[:6]):
        if visible and isinstance(item, Block) and len(item.text) <= _DATE_LINE and visible.raw in item.text:
            return rest[:i] + rest[i + 1 :]
    return rest


def _signatures_behind(page: list[Block], mine: list[Block]) -> list[str]:
    """Labelled byline and source lines right after the body ("Tác giả: …", "Nguồn tin: …")."""
    last = _index(page, mine[-1].element) if mine else None
    if last is None:
        return []
    behind = page[last + 1 : last + 1 + _SIGNATURES_BEHIND]
    return [block.text for block in behind if is_labelled(block.text) or is_attribution(block.text)]


def _marked_lead(reading: Reading, page: list[Block], heading: HtmlElement | None, metadata: Metadata) -> None:
    """Take a lead that stands between title and body, known by the page's declared summary or else by its class."""
    elements = set(reading.container.iter()) if reading.container is not None else set()
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


def _index(page: list[Block], element: HtmlElement | None) -> int | None:
    return next((i for i, block in enumerate(page) if block.element is element), None)
