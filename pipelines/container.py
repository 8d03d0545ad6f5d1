"""Where the body of an unknown page is: the element whose own paragraphs hold the most running text."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise

from lxml.html import HtmlElement

from pipelines.blocks import Block, Picture
from pipelines.html import select

_BOILERPLATE = re.compile(
    r"comment|binh-?luan|footer|sidebar|side-bar|related|lien-?quan|menu|navbar|breadcrumb|banner|widget|social|share"
    r"|counter|thong-?ke|poll|login|popup|modal|advert|topbar|other-?news|tin-?khac",
    re.IGNORECASE,
)
FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:ads?(?:box|by\w+|slot|web|zone)?|advert\w*|quang-?cao|sponsor(?:ed)?|comments?|share|social"
    r"|related|lien-?quan|other-?news|tin-?khac)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""How boxes within a body are named that are none of it."""
_PARAGRAPHS = frozenset({"p", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "dd", "dt", "pre"})
SENTENCE = 40
"""Characters from which a block counts as running text."""
ENOUGH = 200
"""Characters of running text from which an element can be a body."""
HEADLINE = 25
"""Characters from which a link counts as a headline."""


def find_container(root: HtmlElement, blocks: list[Block]) -> HtmlElement | None:
    """The container of the body, or ``None`` if nothing on the page holds enough running text.

    ``blocks`` are the whole page's. Text counts for the element around its paragraph, half for that one's
    parent and a quarter for the next, so that paragraphs spread over several boxes meet in the box around
    them. An element marked ``itemprop=articleBody`` is believed.
    """
    for element in select(root, "[itemprop=articleBody]"):
        if sum(len(block.text) for block in inside(element, blocks)) >= ENOUGH:
            return element
    scores: dict[HtmlElement, float] = defaultdict(float)
    judged: dict[HtmlElement, bool] = {}
    for block in blocks:
        if block.linked or block.heading or len(block.text) < SENTENCE or _in_boilerplate(block.element, judged):
            continue
        share = float(len(block.text))
        home = block.element.getparent() if block.element.tag in _PARAGRAPHS else block.element
        for _ in range(3):
            if home is None or home.tag == "html":
                break
            scores[home] += share
            share /= 2
            home = home.getparent()
    best = max(scores, key=scores.__getitem__, default=None)
    return best if best is not None and scores[best] >= ENOUGH else None


def inside(container: HtmlElement, items: list[Block]) -> list[Block]:
    """Those of ``items`` that stand in ``container``."""
    elements = set(container.iter())
    return [item for item in items if item.element in elements]


def is_listing(blocks: list[Block]) -> bool:
    """Whether ``blocks`` are teasers: linked headlines that rival the paragraphs, or that open most of them."""
    headlines = [block for block in blocks if block.linked and len(block.text) >= HEADLINE]
    running = sum(1 for block in blocks if not block.linked and len(block.text) >= SENTENCE)
    headings = sum(1 for block in headlines if block.heading)
    if headings * 2 >= max(running, 2) or (len(headlines) >= 5 and len(headlines) * 2 >= running):
        return True
    opened = sum(
        1
        for before, block in pairwise(blocks)
        if before.linked and len(before.text) >= HEADLINE and not block.linked and len(block.text) >= SENTENCE
    )
    return opened >= 2 and opened * 2 >= running


def _in_boilerplate(element: HtmlElement, judged: dict[HtmlElement, bool]) -> bool:
    """Whether ``element`` or an ancestor is named like page furniture; ``judged`` remembers."""
    path: list[HtmlElement] = []
    node: HtmlElement | None = element
    verdict = False
    while node is not None and node.tag != "body":
        if node in judged:
            verdict = judged[node]
            break
        path.append(node)
        if node.tag in ("nav", "footer", "aside") or _BOILERPLATE.search(names(node)):
            verdict = True
            break
        node = node.getparent()
    judged.update(dict.fromkeys(path, verdict))
    return verdict


def names(node: HtmlElement | None) -> str:
    """The class and id of ``node`` in one string."""
    return "" if node is None else f"{node.get('class') or ''} {node.get('id') or ''}"


def blocks_of(items: list[Block | Picture]) -> list[Block]:
    """The paragraphs among ``items``."""
    return [item for item in items if isinstance(item, Block)]
