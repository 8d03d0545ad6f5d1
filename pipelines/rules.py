"""What a CMS family or a portal tells the extractor: plain data, picklable, no code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout version of a family: CSS selectors, each a tuple tried in order.

    The first layout of ``Rules.layouts`` whose ``container`` matches the page is the page's layout; the
    calendar has no say. ``drop`` names furniture inside the container. ``script`` names what an inline script
    gives the body's markup to (see ``pipelines.scripted``); a layout that has it is only of pages with such a script.
    Of a layout without ``published`` little more than the body is known: what stands around that is read as on a page
    of unknown make.
    """

    name: str
    container: tuple[str, ...]
    title: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    byline: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    figure: tuple[str, ...] = ()
    caption: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    script: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The extraction rules of a family or portal.

    ``rule_id`` names them in the corpus (``"mediatech/1"``). ``article_path`` is a regular expression for
    the path (plus ``?`` and query, if any) of an article address, applied with ``re.search``; its group
    ``id`` is the CMS's own id. ``desk_names`` are the paper's own names, never an author.
    ``lead_in_body`` says that the lead is the body's first paragraph when no element marks it. ``house_tags`` end
    the list of tags of every article and say nothing; the same word before them was typed by an editor.
    """

    rule_id: str
    article_path: str
    layouts: tuple[Layout, ...] = ()
    desk_names: tuple[str, ...] = ()
    placeholder_authors: tuple[str, ...] = ("Bút danh",)
    house_tags: tuple[str, ...] = ()
    lead_in_body: bool = False

    def match(self, url: str) -> re.Match[str] | None:
        """The match of ``article_path`` in path and query of ``url``; ``None`` if that is no article's address."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        return _compiled(self.article_path).search(f"{parts.path}?{parts.query}" if parts.query else parts.path)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
