"""From a page to an article, or to the reason why it is none: pure, the same live and from the archive."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime

from lxml.html import HtmlElement

from archive.model import Article, Extraction, Image, PublishedSource
from pipelines.blocks import Picture
from pipelines.body import credit_in
from pipelines.bylines import Byline, parse_byline
from pipelines.dates import FoundDate, parse_dateline, parse_machine, url_month
from pipelines.decode import decode
from pipelines.generic import read_generic
from pipelines.html import absolute_url, parse_html, prints_text
from pipelines.layout import choose_layout, read_layout
from pipelines.metadata import Metadata, read_metadata
from pipelines.navigation import find_section, find_tags
from pipelines.page import Page
from pipelines.reading import Reading
from pipelines.rules import Rules
from pipelines.text import clean, looks_vietnamese, match_key, word_count

EXTRACTOR = "baotinh"
EXTRACTOR_VERSION = "1"

_HTML_TYPES = ("html", "text/plain", "octet-stream")
_NOT_HTML = re.compile(
    rb"\s*(?:<\?[^>]{0,500}>\s*)*<(?:rss|feed|urlset|sitemapindex|rdf:RDF)\b|%PDF-|\xff\xd8\xff|\x89PNG|GIF8|PK\x03\x04"
)
_PAGE_OF_SIZE = 500
_SHORT_TEXT = 40
_DATELINE_DAYS = 62
_LAZY_SOURCES = ("data-src", "data-original", "data-lazy-src", "src")
_REPLACEMENT = "\ufffd"


def extract(page: Page, rules: Rules) -> Extraction:
    """The article on ``page`` read by ``rules``, or the reason why there is none.

    Reasons: ``status-404`` …, ``not-html``, ``empty-body``, ``empty-tree``, ``no-container``, ``no-title``,
    ``no-text``, ``listing``, ``soft-404``. Pure: the same page and rules give the same extraction. Never raises.
    """
    outcome = _read(page, rules)
    article, reason = (outcome, None) if isinstance(outcome, Article) else (None, outcome)
    return Extraction(article, reason, rules.rule_id, EXTRACTOR, EXTRACTOR_VERSION)


def _read(page: Page, rules: Rules) -> Article | str:
    if page.status != 200:
        return f"status-{page.status}"
    if not page.body.strip():
        return "empty-body"
    kind = page.content_type.partition(";")[0].strip().lower()
    if (kind and not any(part in kind for part in _HTML_TYPES)) or _NOT_HTML.match(page.body):
        return "not-html"
    root = parse_html(decode(page.body, page.content_type))
    if not prints_text(root):
        return "empty-tree" if len(page.body) >= _PAGE_OF_SIZE else "no-text"
    metadata = read_metadata(root, page.url)
    chosen = choose_layout(root, rules)
    if chosen is not None:
        reading: Reading | str = read_layout(root, *chosen, rules)
    else:
        reading = read_generic(root, metadata, page.fetched)
        if isinstance(reading, Reading) and rules.layouts:
            reading.quality.append("no-layout")
    if isinstance(reading, str):
        return reading
    return _article(page, rules, root, metadata, reading)


def _article(page: Page, rules: Rules, root: HtmlElement, metadata: Metadata, reading: Reading) -> Article | str:
    title = reading.title or _declared_title(metadata, reading)
    if not title:
        return "no-title"
    paragraphs = tuple(block.text for block in reading.body.blocks)
    if not paragraphs and not reading.lead:
        return "no-text"
    signed, byline_raw = _signed(reading, rules, metadata)
    published, origin = _published(page, metadata, reading)
    if origin:
        reading.rungs.setdefault("published", origin)
    source = signed.source
    return Article(
        title=title,
        lead=reading.lead,
        paragraphs=paragraphs,
        authors=signed.authors,
        byline_raw=byline_raw,
        section=_section(page, root, metadata, reading),
        tags=reading.tags or _unnamed_tags(root, metadata, reading),
        language=_language(metadata, reading),
        images=_images(root, page.url, reading.body.pictures),
        published_at=published.when if published else None,
        published_precision=published.precision if published else None,
        published_source=origin,
        published_raw=published.raw if published else None,
        modified_at=_modified(metadata, published),
        source_name=source.name if source else None,
        source_url=source.url if source else None,
        source_raw=source.raw if source else None,
        canonical_url=metadata.canonical,
        native_id=native_id(page.url, rules),
        quality=_quality(reading, paragraphs, published),
        rungs=reading.rungs,
    )


def _section(page: Page, root: HtmlElement, metadata: Metadata, reading: Reading) -> str | None:
    if reading.section:
        return reading.section
    declared = metadata.meta_first("article:section") or metadata.json_text("articleSection")
    found = (declared, "declared") if declared else find_section(root, page.url, reading)
    if found is None:
        return None
    reading.rungs["section"] = found[1]
    return found[0]


def _unnamed_tags(root: HtmlElement, metadata: Metadata, reading: Reading) -> tuple[str, ...]:
    """The tags of a page without a layout: near the body, in a box named for them, or declared."""
    if reading.rungs["layout"] != "generic":
        return ()
    return reading.nearby.tags or find_tags(root) or metadata.tags


def _declared_title(metadata: Metadata, reading: Reading) -> str:
    headline = next(iter(metadata.headlines), "")
    if headline:
        reading.rungs["title"] = "declared"
        reading.quality.append("declared-title")
    return headline


def native_id(url: str, rules: Rules) -> str | None:
    """The CMS's own id in the article address ``url``; ``None`` when it is no article address of ``rules``."""
    match = rules.match(url)
    return match.groupdict().get("id") if match else None


def _signed(reading: Reading, rules: Rules, metadata: Metadata) -> tuple[Byline, str | None]:
    """What all signature lines say together, and the line that signs the article as printed.

    That is the first line that names an author, else the first that is neither a source nor a placeholder.
    Where none names an author, the lines near the body may: there a template prints whoever posted the article.
    """
    nobodies = (*rules.placeholder_authors, *rules.desk_names, *metadata.site_names)
    empty = {match_key(name) for name in nobodies}
    read = [(line, parse_byline(line, nobodies)) for line in reading.signatures if match_key(line) not in empty]
    if not any(byline.authors for _, byline in read):
        read += [
            (line, parse_byline(line, nobodies)) for line in reading.nearby.authors if match_key(line) not in empty
        ]
    authors = dict.fromkeys(name for _, byline in read for name in byline.authors)
    agency = next((byline.agency for _, byline in read if byline.agency), None)
    source = next((byline.source for _, byline in read if byline.source), None)
    named = next((line for line, byline in read if byline.authors), None)
    raw = named or next((line for line, byline in read if not byline.source), None)
    return Byline(tuple(authors), agency, source), raw


def _published(page: Page, metadata: Metadata, reading: Reading) -> tuple[FoundDate | None, PublishedSource | None]:
    """The publication time: a minute before a day, visible before declared, then dateline, then the address."""
    json_ld, meta = (parse_machine(value) if value else None for value in metadata.published)
    month = url_month(page.url)
    candidates: list[tuple[FoundDate | None, PublishedSource]] = [
        (reading.visible, "visible"),
        (_near(reading), reading.nearby.published_source),
        (json_ld, "json-ld"),
        (meta, "meta"),
    ]
    for precision in ("minute", "day"):
        for found, origin in candidates:
            if found is not None and found.precision == precision:
                return found, origin
    if month is not None:
        last = date(month.when.year, month.when.month, monthrange(month.when.year, month.when.month)[1])
        opening = reading.lead or next((block.text for block in reading.body.blocks), "")
        dateline = parse_dateline(opening, last)
        if dateline and abs((last - dateline.when.date()).days) <= _DATELINE_DAYS:
            return dateline, "dateline"
        return month, "url"
    return None, None


def _near(reading: Reading) -> FoundDate | None:
    """The time near the body, unless a line before the body prints another day."""
    near, visible = reading.nearby.published, reading.visible
    return near if near and (not visible or visible.when.date() == near.when.date()) else None


def _modified(metadata: Metadata, published: FoundDate | None) -> datetime | None:
    """The time of the last change, where a page declares one to the minute that is not before publication."""
    for value in metadata.modified:
        found = parse_machine(value) if value else None
        if found and found.precision == "minute" and (not published or found.when >= published.when):
            return found.when
    return None


def _images(root: HtmlElement, url: str, pictures: list[Picture]) -> tuple[Image, ...]:
    """The pictures by absolute address; one shown again without a caption, or with the same one, counts once."""
    images: dict[tuple[str, str | None], Image] = {}
    seen: set[str] = set()
    for picture in pictures:
        links = (absolute_url(root, url, picture.element.get(name)) for name in _LAZY_SOURCES)
        link = next((link for link in links if link), None)
        if link and (picture.caption or link not in seen):
            images.pop((link, None), None)
            images[link, picture.caption] = Image(link, picture.caption, credit_in(picture.caption))
            seen.add(link)
    return tuple(images.values())


def _language(metadata: Metadata, reading: Reading) -> str | None:
    sample = clean(" ".join([reading.title, reading.lead or "", *(block.text for block in reading.body.blocks[:5])]))
    return "vi" if looks_vietnamese(sample[:2000]) else metadata.language


def _quality(reading: Reading, paragraphs: tuple[str, ...], published: FoundDate | None) -> tuple[str, ...]:
    flags = list(reading.quality)
    text = " ".join([reading.title, reading.lead or "", *paragraphs])
    if sum(map(word_count, paragraphs)) < _SHORT_TEXT:
        flags.append("short-text")
    if published is None:
        flags.append("no-date")
    if reading.lead is None:
        flags.append("no-lead")
    if _REPLACEMENT in text or ("Ã" in text and "á»" in text):
        flags.append("mojibake")
    return tuple(dict.fromkeys(flags))
