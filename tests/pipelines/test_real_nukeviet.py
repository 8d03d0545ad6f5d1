"""Extraction against a real NukeViet 4.5 site and what its editor typed."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from fastwarc.warc import ArchiveIterator, WarcRecordType

from archive.model import Article
from pipelines.dates import VIETNAM
from pipelines.extract import extract, native_id
from pipelines.page import Page
from pipelines.text import clean
from scrapers.cms.nukeviet import RULES
from tests.pipelines.pages import FETCHED, shared

_AGENCY = " (BCB)"


@lru_cache(maxsize=1)
def _truth() -> dict[str, dict[str, Any]]:
    rows = json.loads(shared("real/council-portal-nukeviet45.truth.json").read_text())
    return {str(row["id"]): row for row in rows}


@lru_cache(maxsize=1)
def _pages() -> tuple[Page, ...]:
    with shared("real/council-portal-nukeviet45.warc.gz").open("rb") as stream:
        found = []
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=False):
            url = record.headers["WARC-Target-URI"].strip("<>")
            page = Page.from_response(url, record.reader.read(), FETCHED)
            assert page is not None
            found.append(page)
    return tuple(found)


@lru_cache(maxsize=1)
def _articles() -> dict[str, Article]:
    read = ((native_id(page.url, RULES), extract(page, RULES).article) for page in _pages())
    return {number: article for number, article in read if number and article}


def test_every_article_is_found_and_nothing_else() -> None:
    assert len(_pages()) == 413
    assert set(_articles()) == set(_truth())
    assert len(_truth()) == 161
    others = [page for page in _pages() if native_id(page.url, RULES) not in _truth()]
    assert [page.url for page in others if native_id(page.url, RULES) and extract(page, RULES).article] == []
    assert len(others) == 252


def test_title_lead_and_minute_are_the_editors() -> None:
    for number, row in _truth().items():
        article = _articles()[number]
        assert article.title == row["title"], number
        assert article.lead == row["lead"], number
        assert article.published_at is not None
        assert article.published_at.astimezone(VIETNAM).isoformat()[:16] == row["published"][:16], number
        assert (article.published_precision, article.published_source) == ("minute", "visible")


def test_bodies_are_the_editors_paragraph_by_paragraph() -> None:
    different = [
        number for number, row in _truth().items() if list(_articles()[number].paragraphs) != row["paragraphs"]
    ]
    assert different == []


def test_authors_sources_and_captions_are_the_editors() -> None:
    for number, row in _truth().items():
        article = _articles()[number]
        assert article.authors == ((row["author"].removesuffix(_AGENCY),) if row["author"] else ()), number
        assert article.source_name == row["source"], number
        captions = [image.caption for image in article.images if image.caption]
        assert captions == ([clean(row["caption"])] if row["caption"] else []), number
