"""Pages of a portal with the article each of them holds: what the tests of extraction are held against.

A portal's folder holds pages as files, body bytes as they came (codings undone), and ``expected.json``, a list with
an object per page: ``file``, ``url``, ``content_type`` (the response header, or ``""``), ``fetched`` (ISO 8601) and
``article``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive.errors import UsageError
from archive.files import write_whole
from archive.model import Article
from pipelines.decode import decode
from pipelines.extract import extract
from pipelines.html import parse_html
from pipelines.metadata import read_metadata
from pipelines.page import Page
from scrapers.portals.generic import Generic
from scrapers.registry import spider_for
from scrapers.spider import PortalSpider

EXPECTED = "expected.json"
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page in a portal's folder under the name ``file``."""

    file: str
    page: Page

    def entry(self, article: Article) -> dict[str, Any]:
        """What ``expected.json`` says of it."""
        page = self.page
        head = {"file": self.file, "url": page.url, "content_type": page.content_type}
        return {**head, "fetched": page.fetched.isoformat(), "article": expected_of(article)}


def load_pages(folder: Path) -> list[tuple[StoredPage, dict[str, Any]]]:
    """The pages that ``expected.json`` in ``folder`` names, each with its expected article; none without that file."""
    path = folder / EXPECTED
    if not path.exists():
        return []
    return [(_stored(folder, entry), entry["article"]) for entry in json.loads(path.read_text(encoding="utf-8"))]


def _stored(folder: Path, entry: dict[str, Any]) -> StoredPage:
    body = (folder / entry["file"]).read_bytes()
    fetched = datetime.fromisoformat(entry["fetched"])
    return StoredPage(entry["file"], Page(entry["url"], 200, entry["content_type"], body, fetched))


def page_in(path: Path) -> StoredPage:
    """The page in the file ``path``, at the address that it declares as its own.

    It was fetched when the file was last written. Raises ``UsageError`` for a file that cannot be read and for
    a page that declares no address.
    """
    try:
        body, changed = path.read_bytes(), path.stat().st_mtime
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    metadata = read_metadata(parse_html(decode(body, "").text), "")
    url = metadata.canonical or metadata.meta_first("og:url")
    if not url:
        raise UsageError(f"{path}: the page names no address of its own; take it from the archive: --from-archive URL")
    return StoredPage(path.name, Page(url, 200, "", body, datetime.fromtimestamp(int(changed), UTC)))


def file_name(url: str) -> str:
    """The name under which the page at ``url`` is kept: the end of its path, with the query."""
    parts = urlsplit(url)
    last = parts.path.rstrip("/").rpartition("/")[2].partition(".")[0] or "page"
    name = _UNFIT.sub("-", f"{last}-{parts.query}".strip("-"))[-_LONGEST_NAME:].strip("-")
    return f"{name}.html"


def expected_of(article: Article) -> dict[str, Any]:
    """What a person can check in ``article`` by looking at the page."""
    return {
        "title": article.title,
        "lead": article.lead,
        "paragraphs": list(article.paragraphs),
        "authors": list(article.authors),
        "section": article.section,
        "tags": list(article.tags),
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "published_precision": article.published_precision,
        "source_name": article.source_name,
        "source_url": article.source_url,
        "images": [{"url": i.url, "caption": i.caption, "credit": i.credit} for i in article.images],
        "native_id": article.native_id,
    }


def rules_reader(portal: str) -> type[PortalSpider]:
    """The class that reads ``portal``; raises ``UsageError`` for an unknown name."""
    if "/" in portal:
        raise UsageError(f"{portal}: give the name of a portal, or `generic` for sites without one")
    return spider_for(portal)[0]


def article_on(portal: str, page: Page) -> Article:
    """The article on ``page`` as ``portal`` reads it.

    Raises ``UsageError`` when the page is not this portal's, holds no article, or when the article lacks what no
    expectation should be without: title, date, text.
    """
    cls = rules_reader(portal)
    where = f"{page.url} ({portal})"
    if cls is not Generic and not cls(**spider_for(portal)[1]).is_own(page.url):
        raise UsageError(f"{where}: this is another site's address, not {cls.domain}")
    if cls.rules.match(page.url) is None:
        raise UsageError(f"{where}: no article's address by the pattern {cls.rules.article_path}")
    extraction = extract(page, cls.rules)
    if extraction.article is None:
        raise UsageError(f"{where}: no article was found on the page: {extraction.reason}")
    article = extraction.article
    lacking = [name for name, value in _needed(article).items() if not value]
    if lacking:
        raise UsageError(f"{where}: the article has no {', no '.join(lacking)}; mend the rules first")
    return article


def _needed(article: Article) -> dict[str, object]:
    return {"title": article.title, "date": article.published_at, "text": article.text}


def write_expectation(folder: Path, portal: str, pages: list[StoredPage]) -> list[tuple[StoredPage, Article]]:
    """Keep ``pages`` beside those of ``folder`` (one of the same file name is replaced) and what they all hold.

    Nothing is written unless every page has an article to expect. Raises ``UsageError`` as ``article_on`` does.
    """
    kept: dict[str, StoredPage] = {}
    for stored in (*(known for known, _ in load_pages(folder)), *pages):
        other = kept.setdefault(stored.file, stored)
        if other.page.url != stored.page.url:
            raise UsageError(f"{stored.file} holds {other.page.url}; give {stored.page.url} another file name")
        kept[stored.file] = stored
    if not kept:
        raise UsageError(f"{folder}: no pages yet; name files, or addresses behind --from-archive")
    read = [(stored, article_on(portal, stored.page)) for _, stored in sorted(kept.items())]
    folder.mkdir(parents=True, exist_ok=True)
    for stored in pages:
        write_whole(folder / stored.file, [stored.page.body])
    entries = [stored.entry(article) for stored, article in read]
    write_whole(folder / EXPECTED, [(json.dumps(entries, ensure_ascii=False, indent=1) + "\n").encode()])
    return read
