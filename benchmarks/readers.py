"""The ways to read an article page that ``benchmarks.extraction`` compares, each brought to the same form.

All get the page as text, decoded and with its document tags repaired, so that nobody falls over an encoding or a stray
``</html>``; our own two get the bytes and do that work within their time. Whoever gives dates is asked for the time of
day as well, and whoever gives a summary may have the lead there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Any

import lxml.html

from archive.model import Article
from benchmarks.samples import Sample
from pipelines.blocks import read_blocks
from pipelines.container import blocks_of
from pipelines.dates import VIETNAM
from pipelines.decode import decode
from pipelines.extract import extract
from pipelines.html import repair
from scrapers.cms import generic

OURS = ("rules", "generic")
_DATES = {"original_date": True, "extensive_search": True, "outputformat": "%Y-%m-%dT%H:%M:%S%z"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader made of a page; ``lines`` are the text's lines, ``published`` is aware."""

    lines: tuple[str, ...] = ()
    title: str | None = None
    lead: str | None = None
    published: datetime | None = None
    authors: tuple[str, ...] = ()
    source: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """A contender: how it reads, the fields it has at all, and the package it needs."""

    read: Callable[[Sample, str], Found]
    fields: frozenset[str]
    package: str | None = None


def text_for_others(sample: Sample) -> str:
    """The page as the other contenders get it."""
    return repair(decode(sample.page.body, sample.page.content_type).text)


def _ours(sample: Sample, _: str, *, known: bool) -> Found:
    article = extract(sample.page, sample.rules if known else generic.RULES).article
    return _of_article(article) if article else Found()


def _of_article(article: Article) -> Found:
    minute = article.published_precision == "minute"
    return Found(
        lines=tuple(filter(None, (article.lead, *article.paragraphs))),
        title=article.title,
        lead=article.lead,
        published=article.published_at if minute else _day(article.published_at),
        authors=article.authors,
        source=article.source_name,
        section=article.section,
        tags=article.tags,
        captions=tuple(image.caption for image in article.images if image.caption),
    )


def _day(moment: datetime | None) -> datetime | None:
    return moment.replace(hour=0, minute=0) if moment else None


def _trafilatura(sample: Sample, text: str, **mode: Any) -> Found:
    import trafilatura

    document: Any = trafilatura.bare_extraction(
        text, url=sample.page.url, with_metadata=True, date_extraction_params=dict(_DATES), **mode
    )
    if document is None:
        return Found()
    return Found(
        lines=_split(document.text),
        title=document.title,
        lead=document.description,
        published=_moment(document.date),
        authors=_split(document.author, ";"),
        section=next(iter(document.categories or ()), None),
        tags=tuple(document.tags or ()),
    )


def _trafilatura_text(sample: Sample, text: str) -> Found:
    import trafilatura

    return Found(lines=_split(trafilatura.extract(text)))


def _newspaper(sample: Sample, text: str) -> Found:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import newspaper

        article = newspaper.article(sample.page.url, language="vi", input_html=text)
    return Found(
        lines=_split(article.text),
        title=article.title,
        lead=article.meta_description,
        published=_moment(article.publish_date),
        authors=tuple(article.authors or ()),
        tags=tuple(article.tags or ()),
    )


def _readability(sample: Sample, text: str) -> Found:
    from readability import Document

    document = Document(text, url=sample.page.url)
    tree = lxml.html.document_fromstring(document.summary() or "<p></p>")
    return Found(lines=tuple(block.text for block in blocks_of(read_blocks(tree))), title=document.short_title())


def _resiliparse(sample: Sample, text: str) -> Found:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse(text)
    return Found(lines=_split(extract_plain_text(tree, main_content=True, alt_texts=False)), title=tree.title)


def _split(text: str | None, separator: str = "\n") -> tuple[str, ...]:
    return tuple(line.strip() for line in (text or "").split(separator) if line.strip())


def _moment(value: datetime | str | None) -> datetime | None:
    """``value`` as an aware moment; a time without a zone is local."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


_TEXT = frozenset({"body", "whole", "clean"})
_ALL = _TEXT | {"title", "lead", "minute", "day", "authors", "source", "section", "tags", "captions"}
_META = _TEXT | {"title", "lead", "minute", "day", "authors", "section", "tags"}


def _mode(**mode: Any) -> Reader:
    return Reader(lambda sample, text: _trafilatura(sample, text, **mode), _META, "trafilatura")


READERS: dict[str, Reader] = {
    "rules": Reader(lambda sample, text: _ours(sample, text, known=True), _ALL),
    "generic": Reader(lambda sample, text: _ours(sample, text, known=False), _ALL),
    "trafilatura": _mode(),
    "trafilatura-precision": _mode(favor_precision=True),
    "trafilatura-recall": _mode(favor_recall=True),
    "trafilatura-fast": _mode(fast=True),
    "trafilatura-text": Reader(_trafilatura_text, _TEXT, "trafilatura"),
    "newspaper4k": Reader(_newspaper, _META - {"section"}, "newspaper"),
    "readability": Reader(_readability, _TEXT | {"title"}, "readability"),
    "resiliparse": Reader(_resiliparse, _TEXT | {"title"}, "resiliparse"),
}
"""``trafilatura`` is its default, ``trafilatura-text`` the same without metadata, for the comparison of time."""


def missing(name: str) -> bool:
    """Whether the package of the reader ``name`` is not installed."""
    package = READERS[name].package
    return package is not None and find_spec(package) is None
