"""Article pages with what their editors typed: from the replica sites, or from a WARC file with a list of truths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive.errors import UsageError
from archive.members import walk_members
from pipelines.dates import VIETNAM
from pipelines.decode import decode
from pipelines.html import element_text, parse_html
from pipelines.page import Page
from pipelines.rules import Rules
from pipelines.text import clean
from scrapers.cms import generic
from scrapers.registry import EXTRACTOR, spider_for
from tests.replica.site import Request
from tests.replica.sites import SITES, build_site

FETCHED = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
_NUMBER = re.compile(r"(\d+)(?:\.\w+)?/?$")
_AGENCY = re.compile(r"\s*\([^()]*\)$")


@dataclass(frozen=True, slots=True)
class Truth:
    """What the editor typed; ``None`` where that is not known or the page does not print it."""

    title: str
    lead: str
    paragraphs: tuple[str, ...]
    published: datetime
    authors: tuple[str, ...]
    source: str | None
    captions: tuple[str, ...] | None = None
    section: str | None = None
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A page of ``site``, the rules of its portal, and the truth."""

    site: str
    page: Page
    rules: Rules
    truth: Truth


def replica_samples(articles: int, seed: int, sites: tuple[str, ...] = SITES) -> list[Sample]:
    """``articles`` pages of every replica site there is; the clock of the pages stands at ``FETCHED``."""
    return [sample for site in sites for sample in _of_site(site, articles, seed)]


def _of_site(name: str, articles: int, seed: int) -> list[Sample]:
    site = build_site(name, articles, seed)
    site.now = lambda: FETCHED.astimezone(VIETNAM)
    samples = []
    for url, story in site.articles().items():
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer = site.answer(Request("GET", target, "HTTP/1.1", (("Host", f"{parts.netloc}:443"),), b"", parts.scheme))
        truth = Truth(
            title=story.title,
            lead=story.lead,
            paragraphs=story.paragraphs,
            published=story.published,
            authors=story.authors,
            source=story.source_name,
            captions=tuple(photo.caption for _, photo in story.photos),
            section=story.section,
            tags=story.tags,
        )
        page = Page(url, answer.status, answer.content_type, answer.body, FETCHED)
        samples.append(Sample(name, page, _rules_at(url), truth))
    return _ask_only_what_is_printed(samples)


def _rules_at(url: str) -> Rules:
    portal = EXTRACTOR.portal_of(url)
    return spider_for(portal)[0].rules if portal else generic.RULES


def _ask_only_what_is_printed(samples: list[Sample]) -> list[Sample]:
    """``samples`` without tags where the template prints none: nobody can read them."""
    asked = [sample for sample in samples if sample.truth.tags]
    linked = sum(set(sample.truth.tags or ()) <= _link_texts(sample.page) for sample in asked)
    if linked * 2 >= len(asked):
        return samples
    return [replace(sample, truth=replace(sample.truth, tags=None)) for sample in samples]


def _link_texts(page: Page) -> set[str]:
    return {
        element_text(link).strip(" #,;") for link in parse_html(decode(page.body, page.content_type).text).iter("a")
    }


def warc_samples(warc: Path, truths: Path, portal: str | None) -> list[Sample]:
    """The pages in ``warc`` that ``truths`` knows, read by the rules of ``portal`` or of their host.

    ``truths`` is a JSON list of objects: ``url``, or ``id``, the number that ends the address; ``title``, ``lead``,
    ``paragraphs``, ``published`` (ISO 8601 with zone), and where known ``author`` (a name, or several in
    ``authors``), ``source``, ``caption`` or ``captions``, ``section``, ``tags``. Raises ``UsageError`` when no page
    is known.
    """
    rows = {str(row.get("url") or row["id"]): row for row in json.loads(truths.read_text(encoding="utf-8"))}
    rules = spider_for(portal)[0].rules if portal else None
    found: dict[str, Sample] = {}
    for page in _pages(warc):
        number = _NUMBER.search(urlsplit(page.url).path)
        key = page.url if page.url in rows else number.group(1) if number else ""
        own = rules or _rules_at(page.url)
        if key in rows and page.status == 200 and (key == page.url or own.match(page.url)):
            found.setdefault(key, Sample(truths.name.partition(".")[0], page, own, _truth(rows[key])))
    if not found:
        raise UsageError(f"{warc}: none of its pages is named in {truths} by url or id.")
    return list(found.values())


def _pages(warc: Path) -> Iterator[Page]:
    for _, _, record in walk_members(warc):
        if record.type == "response" and record.url:
            page = Page.from_response(record.url, record.block, record.date)
            if page is not None:
                yield page


def _truth(row: dict[str, Any]) -> Truth:
    author = row.get("author")
    authors = row.get("authors") or ([_AGENCY.sub("", author)] if author else [])
    captions = row["captions"] if "captions" in row else [row["caption"]] if row.get("caption") else []
    return Truth(
        title=clean(row["title"]),
        lead=clean(row["lead"] or ""),
        paragraphs=tuple(map(clean, row["paragraphs"])),
        published=datetime.fromisoformat(row["published"]),
        authors=tuple(authors),
        source=row.get("source"),
        captions=tuple(map(clean, captions)),
        section=row.get("section"),
        tags=tuple(row["tags"]) if row.get("tags") is not None else None,
    )
