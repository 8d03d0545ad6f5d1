"""trafilatura as a second reader: what it takes for body, and what a plain walk of the container did not see."""

from __future__ import annotations

from copy import deepcopy

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from lxml.html.builder import E
from trafilatura.settings import Document

from pipelines.blocks import Block, Picture
from pipelines.html import text_length, visible_strings
from pipelines.text import clean, match_key

_LETTERS_WORTH_IT = 200
_FEW_CHARACTERS = 700
_LARGEST_TREE = 20_000


def trafilatura_lines(container: HtmlElement) -> list[str]:
    """The lines trafilatura takes for body in ``container``, which it is given as an ``<article>``.

    Recall first, which costs 0.6 to 0.75 of the default at equal quality; the default too when that gives
    little. A tree trafilatura cannot handle gives no lines.
    """
    lines = _lines(container, recall=True)
    if sum(map(len, lines)) < _FEW_CHARACTERS:
        lines = max(lines, _lines(container, recall=False), key=lambda found: sum(map(len, found)))
    return lines


def _lines(container: HtmlElement, *, recall: bool) -> list[str]:
    article = deepcopy(container)
    article.tag, article.tail = "article", None
    document = E.HTML(E.BODY(article))
    if sum(1 for _ in document.iter()) > _LARGEST_TREE:
        return []
    try:
        found = trafilatura.bare_extraction(
            document, favor_recall=recall, include_comments=False, include_tables=True, with_metadata=False
        )
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError, etree.LxmlError):
        return []
    text = found.text if isinstance(found, Document) else None
    return [line for raw in (text or "").split("\n") if (line := clean(raw.removeprefix("- ")))]


def restore_lost(container: HtmlElement, items: list[Block | Picture]) -> tuple[list[Block | Picture], bool]:
    """``items`` with the paragraphs that the walk missed, and whether there were any.

    Only asked of trafilatura when the container prints twice as many letters as the walk read, which
    happens when a whole body sits in an element that a walk rightly passes over elsewhere.
    """
    read = sum(len(text) - text.count(" ") - text.count("\xa0") for item in items if (text := _text_of(item)))
    if read * 2 >= text_length(container):  # Blanks and all: no need to count what is printed.
        return items, False
    printed = sum(len("".join(part.split())) for part in visible_strings(container))
    if printed < _LETTERS_WORTH_IT or read * 2 >= printed:
        return items, False
    known = [match_key(_text_of(item)) for item in items]
    merged = list(items)
    position = 0
    for line in trafilatura_lines(container):
        key = match_key(line)
        if key in known:
            position = known.index(key) + 1
            continue
        merged.insert(position, Block(line, container))
        known.insert(position, key)
        position += 1
    return merged, len(merged) > len(items)


def _text_of(item: Block | Picture) -> str:
    return item.text if isinstance(item, Block) else item.caption or ""
