"""What one way of reading a page found, before the parts of it are judged together."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml.html import HtmlElement

from pipelines.blocks import Block, Picture
from pipelines.body import Body, related
from pipelines.dates import FoundDate
from pipelines.nearby import Nearby
from pipelines.text import match_key

_SHORTEST_BOLD_LEAD = 40


@dataclass(slots=True)
class Reading:
    """One reading of a page; ``signatures`` are the byline and source lines in the order printed.

    ``container`` is the element the body was read from, ``nearby`` what the lines around the body say, where no layout
    does. ``rungs`` names per field what answered: a selector or a heuristic.
    """

    title: str
    body: Body
    lead: str | None = None
    visible: FoundDate | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    signatures: list[str] = field(default_factory=list)
    nearby: Nearby = field(default_factory=Nearby)
    rungs: dict[str, str] = field(default_factory=dict)
    container_share: float | None = None
    quality: list[str] = field(default_factory=list)
    container: HtmlElement | None = None


def settle_lead(reading: Reading, in_body: bool) -> None:
    """Part the lead from the body.

    A body that opens by repeating the lead loses the repetition (the fuller of the two texts is the lead,
    so that an agency prefix or a cut end is not lost). Without a marked lead it is the first paragraph if
    that is set in bold or ``in_body`` says so, and another paragraph follows.
    """
    blocks = reading.body.blocks
    if reading.lead is None:
        marked = bool(blocks) and blocks[0].bold and len(blocks[0].text) >= _SHORTEST_BOLD_LEAD
        if len(blocks) > 1 and (marked or in_body):
            reading.lead = blocks.pop(0).text
            reading.rungs["lead"] = "first-bold" if marked else "first-paragraph"
    while reading.lead and blocks and related(reading.lead, blocks[0].text):
        reading.lead = max(reading.lead, blocks.pop(0).text, key=lambda text: len(text.rstrip("….")))


def without_title(items: list[Block | Picture], title: str) -> list[Block | Picture]:
    """``items`` without the blocks before the first paragraph that only print the title again."""
    key = match_key(title)
    longest = 2 * len(title) + 40
    for first, item in enumerate(items):
        if isinstance(item, Block) and (len(item.text) > longest or match_key(item.text) != key):
            return [item for item in items[:first] if isinstance(item, Picture)] + items[first:]
    return [item for item in items if isinstance(item, Picture)]
