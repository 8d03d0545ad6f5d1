"""From a page to an article, or to the reason why it is none: pure, the same live and from the archive."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import partial

from lxml.html import HtmlElement

from archive.model import Article, Extraction, Image, PublishedSource
from pipelines.blocks import Picture
from pipelines.body import credit_in
from pipelines.bylines import Byline, keys_of, opening_agency, opening_wire, parse_byline
from pipelines.dates import VIETNAM, FoundDate, parse_dateline, parse_machine, url_month
from pipelines.decode import decode
from pipelines.generic import read_generic
from pipelines.html import base_url, parse_html, prints_text, resolve
from pipelines.kinds import article_type, is_shell, refusal
from pipelines.layout import choose_layout, read_layout
from pipelines.legacy import is_suspect, repair_tree
from pipelines.markdown import to_markdown
from pipelines.metadata import Metadata, read_metadata
from pipelines.navigation import find_section, find_tags
from pipelines.page import Page
from pipelines.reading import Reading
from pipelines.rules import Rules
from pipelines.text import has_words, looks_vietnamese, match_key

EXTRACTOR = "baotinh"
EXTRACTOR_VERSION = "3"

_HTML_TYPES = ("html", "text/plain", "octet-stream")
_NOT_HTML = re.compile(
    rb"\s*(?:<\?[^>]{0,500}>\s*)*<(?:rss|feed|urlset|sitemapindex|rdf:RDF)\b|%PDF-|\xff\xd8\xff|\x89PNG|GIF8|PK\x03\x04"
)
_PAGE_OF_SIZE = 500
_SHORT_TEXT = 40
_DATELINE_DAYS = 62
_SKEW = timedelta(hours=1)
_TEMPLATE_CLOCK = timedelta(minutes=1)
_LAZY_SOURCES = ("data-src", "data-original", "data-lazy-src", "src")
_REPLACEMENT = "\ufffd"


def extract(page: Page, rules: Rules) -> Extraction:
    """The article on ``page`` read by ``rules``, or the reason why there is none.

    Reasons: ``status-404`` …, ``not-html``, ``empty-body``, ``empty-tree``, ``script-shell``, ``no-container``,
    ``no-title``, ``no-text``, ``listing``, ``home-page``, ``search``, ``tag``, ``video``, ``soft-404``,
    ``challenge``, ``maintenance``, ``login``, ``error-page``. Pure: the same page and rules give the same
    extraction. Never raises.
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
    text, notes = decode(page.body, page.content_type)
    root = parse_html(text)
    if is_suspect(text):
        notes += repair_tree(root)
    if not prints_text(root):
        return _why_blank(root, page)
    metadata = read_metadata(root, page.url)
    chosen = choose_layout(root, rules)
    if chosen is not None:
        read = read_layout(root, *chosen, rules, metadata, page.fetched)
        reading: Reading | str = refusal(read, metadata) or read
    else:
        reading = read_generic(root, metadata, page.fetched, page.url)
        if isinstance(reading, Reading) and rules.layouts:
            reading.quality.append("no-layout")
    if isinstance(reading, str):
        return reading
    reading.quality += notes
    return _article(page, rules, root, metadata, reading)


def _why_blank(root: HtmlElement, page: Page) -> str:
    if is_shell(root):
        return "script-shell"
    return "empty-tree" if len(page.body) >= _PAGE_OF_SIZE else "no-text"


def _article(page: Page, rules: Rules, root: HtmlElement, metadata: Metadata, reading: Reading) -> Article | str:
    title = reading.title or _declared_title(metadata, reading)
    if not title:
        return "no-title"
    paragraphs = tuple(block.text for block in reading.body.blocks)
    section = _section(page, root, metadata, reading)
    kind = article_type(page.url, section, reading, metadata)
    if not paragraphs and not reading.lead and kind not in ("photo", "video"):
        return "no-text"
    signed, byline_raw = _signed(reading, rules, metadata)
    published, origin = _published(page, metadata, reading)
    if origin:
        reading.rungs.setdefault("published", origin)
    source = signed.source
    base = base_url(root, page.url)
    return Article(
        title=title,
        lead=reading.lead,
        paragraphs=paragraphs,
        markdown=to_markdown(reading.body.blocks, partial(resolve, base)),
        article_type=kind,
        authors=signed.authors,
        byline_raw=byline_raw,
        section=section,
        tags=reading.tags or _unnamed_tags(root, metadata, reading),
        language=_language(metadata, reading),
        images=_images(base, reading.body.pictures),
        published_at=published.when if published else None,
        published_precision=published.precision if published else None,
        published_source=origin,
        published_raw=published.raw if published else None,
        modified_at=_modified(metadata, published, page),
        source_name=source.name if source else None,
        source_url=source.url if source else None,
        source_raw=source.raw if source else None,
        canonical_url=metadata.canonical,
        native_id=native_id(page.url, rules),
        quality=_quality(reading, paragraphs, published),
        rungs=reading.rungs,
        container_share=reading.container_share,
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
    """The tags that no selector names: near the body; without a layout also in a box named for them, or declared."""
    if reading.nearby.tags or reading.rungs["layout"] != "generic":
        return reading.nearby.tags
    return find_tags(root) or metadata.tags


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
    empty = keys_of(nobodies)
    read = [(line, parse_byline(line, nobodies)) for line in reading.signatures if match_key(line) not in empty]
    if not any(byline.authors for _, byline in read):
        read += [
            (line, parse_byline(line, nobodies)) for line in reading.nearby.authors if match_key(line) not in empty
        ]
    authors = dict.fromkeys(name for _, byline in read for name in byline.authors)
    agency = next((byline.agency for _, byline in read if byline.agency), None)
    source = next((byline.source for _, byline in read if byline.source), None)
    if (
        source is None
        and reading.lead
        and (wire := opening_wire(reading.lead))
        and match_key(wire.name or "") not in empty
    ):
        source = wire
    named = next((line for line, byline in read if byline.authors), None)
    raw = named or next((line for line, byline in read if not byline.source), None)
    return Byline(tuple(authors), agency, source), raw


def _published(page: Page, metadata: Metadata, reading: Reading) -> tuple[FoundDate | None, PublishedSource | None]:
    """The publication time: visible before declared, then dateline, then the address.

    A declared minute makes a visible day exact when it is of that day. What lies in the future at the time of the
    fetch, an hour's skew of clocks allowed, was never it; nor was a declared moment that is the fetch's own, which a
    template prints.
    """
    declared = [parse_machine(value) if value else None for value in metadata.published]
    declared = [found if found and abs(found.when - page.fetched) > _TEMPLATE_CLOCK else None for found in declared]
    candidates: list[tuple[FoundDate | None, PublishedSource]] = [
        (reading.visible, "visible"),
        (_near(reading), reading.nearby.published_source),
        (declared[0], "json-ld"),
        (declared[1], "script"),
        (declared[2], "meta"),
    ]
    past = [(found, origin) for found, origin in candidates if found and not _is_future(found.when, page, reading)]
    for found, origin in past:
        exact = (one for one in past if one[0].precision == "minute" and one[0].when.date() == found.when.date())
        return next(exact, (found, origin))
    month = url_month(page.url)
    if month is None or _is_future(month.when, page, reading):
        return None, None
    last = date(month.when.year, month.when.month, monthrange(month.when.year, month.when.month)[1])
    opening = reading.lead or next((block.text for block in reading.body.blocks), "")
    dateline = parse_dateline(opening, min(last, page.fetched.astimezone(VIETNAM).date()))
    if dateline and abs((last - dateline.when.date()).days) <= _DATELINE_DAYS:
        return (dateline, "dateline") if not _is_future(dateline.when, page, reading) else (month, "url")
    return month, "url"


def _is_future(when: datetime, page: Page, reading: Reading) -> bool:
    """Whether ``when`` lies after the fetch, more than clocks differ; such a date is noted."""
    future = when > page.fetched + _SKEW
    if future and "future-date" not in reading.quality:
        reading.quality.append("future-date")
    return future


def _near(reading: Reading) -> FoundDate | None:
    """The time near the body, unless a line before the body prints another day."""
    near, visible = reading.nearby.published, reading.visible
    return near if near and (not visible or visible.when.date() == near.when.date()) else None


def _modified(metadata: Metadata, published: FoundDate | None, page: Page) -> datetime | None:
    """The time of the last change, where a page declares one to the minute that is not before publication."""
    for value in metadata.modified:
        found = parse_machine(value) if value else None
        late = found and (not published or found.when >= published.when)
        if found and late and found.precision == "minute" and found.when <= page.fetched + _SKEW:
            return found.when
    return None


def _images(base: str, pictures: list[Picture]) -> tuple[Image, ...]:
    """The pictures by absolute address; one shown again without a caption, or with the same one, counts once."""
    images: dict[tuple[str, str | None], Image] = {}
    seen: set[str] = set()
    for picture in pictures:
        links = (resolve(base, picture.element.get(name)) for name in _LAZY_SOURCES)
        link = next((link for link in links if link), None)
        if link and (picture.caption or link not in seen):
            images.pop((link, None), None)
            images[link, picture.caption] = Image(link, picture.caption, credit_in(picture.caption))
            seen.add(link)
    return tuple(images.values())


def _language(metadata: Metadata, reading: Reading) -> str | None:
    sample = " ".join(filter(None, [reading.title, reading.lead, *(block.text for block in reading.body.blocks[:5])]))
    return "vi" if looks_vietnamese(sample[:2000]) else metadata.language


def _quality(reading: Reading, paragraphs: tuple[str, ...], published: FoundDate | None) -> tuple[str, ...]:
    flags = list(reading.quality)
    text = " ".join([reading.title, reading.lead or "", *paragraphs])
    if not has_words(paragraphs, _SHORT_TEXT):
        flags.append("short-text")
    if opening_agency(reading.lead or " ".join(paragraphs[:1])):
        flags.append("agency-prefix")
    if published is None:
        flags.append("no-date")
    if reading.lead is None:
        flags.append("no-lead")
    if _REPLACEMENT in text or ("Ã" in text and "á»" in text):
        flags.append("mojibake")
    return tuple(dict.fromkeys(flags))
