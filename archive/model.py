"""The values that travel between the crawler, the extractor and the tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from mmap import mmap
from typing import Literal, Protocol

Precision = Literal["minute", "day", "month"]
PublishedSource = Literal["visible", "json-ld", "script", "meta", "rss", "url", "dateline"]
ArticleType = Literal["text", "photo", "video", "emagazine", "advertorial"]
Fidelity = Literal["wire", "reconstructed", "imported"]
TruncatedReason = Literal["length", "time", "disconnect", "unspecified"]


@dataclass(frozen=True, slots=True)
class PortalFacts:
    """Who publishes: the facts of a portal that every row of it carries.

    ``desk`` is the stable key of the publishing desk (it outlives domains); ``province`` is the province
    at the time of founding, ``province_2025`` the one after the merger of 2025-07-01. Unknown is ``None``.
    """

    name: str
    desk: str
    province: str | None = None
    province_2025: str | None = None
    kind: Literal["newspaper", "council", "gov", "site"] = "newspaper"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange with a server, byte for byte as it crossed the wire.

    ``request`` and ``response`` are whole HTTP messages (start line to last body byte, transfer coding
    kept; ``response`` may begin with 1xx messages and may be cut short; a long one lies in a mapped file).
    ``started`` is aware, UTC, the moment the request went out. ``truncated`` is the WARC 1.1 ``WARC-Truncated``
    reason or ``None``. ``beyond_body`` counts bytes that the server sent after the response and nobody asked for.
    ``via`` says how the URL was found: ``"section:/Thoi-su"``, ``"rss:https://…"``, ``"robots"`` ….
    """

    url: str
    started: datetime
    request: bytes
    response: bytes | mmap
    ip: str | None = None
    protocols: tuple[str, ...] = ()
    cipher: str | None = None
    certificate_sha256: str | None = None
    fidelity: Fidelity = "wire"
    truncated: TruncatedReason | None = None
    via: str | None = None
    beyond_body: int = 0


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Where a WARC record lies: file name (no folder), offset and length of its gzip member in bytes, its id."""

    warc_filename: str
    offset: int
    length: int
    record_id: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image of an article: absolute URL, caption and credit as printed (``None`` when there is none)."""

    url: str
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """An article as a careful reader would transcribe it; all strings NFC, otherwise as printed.

    ``paragraphs`` is the body without title, lead, captions, byline and source line, ``markdown`` the same with its
    structure. ``published_at`` and ``modified_at`` are aware datetimes. ``rungs`` names, per field, the rule that
    answered; ``container_share`` is the part of the page's text, 0 to 1, that stands in the layout's container,
    ``None`` without a layout.
    """

    title: str
    lead: str | None
    paragraphs: tuple[str, ...]
    markdown: str | None = None
    article_type: ArticleType = "text"
    authors: tuple[str, ...] = ()
    byline_raw: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    images: tuple[Image, ...] = ()
    published_at: datetime | None = None
    published_precision: Precision | None = None
    published_source: PublishedSource | None = None
    published_raw: str | None = None
    modified_at: datetime | None = None
    source_name: str | None = None
    source_url: str | None = None
    source_raw: str | None = None
    canonical_url: str | None = None
    native_id: str | None = None
    quality: tuple[str, ...] = ()
    rungs: dict[str, str] = field(default_factory=dict)
    container_share: float | None = None

    @property
    def text(self) -> str:
        """The body, paragraphs separated by a blank line."""
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Extraction:
    """What the extractor made of one page: an article, or the reason why it is none.

    ``reason`` is ``None`` for an article and a short stable word otherwise: ``"no-title"``, ``"no-text"``,
    ``"listing"``, ``"soft-404"``, ``"empty-tree"``, ``"crash"``, ``"timeout"`` ….
    """

    article: Article | None
    reason: str | None
    rule_id: str
    extractor: str
    extractor_version: str


class Extractor(Protocol):
    """Re-runs the extraction of an archived page; the crawler's side provides it, the archive only calls it."""

    def __call__(self, portal: str, url: str, response: bytes, fetched: datetime) -> Extraction | None:
        """Extract ``response`` (a WARC response block), or ``None`` if ``url`` is no article address of ``portal``."""
        ...

    def facts(self, portal: str) -> PortalFacts:
        """The facts of ``portal``; an unknown name gives facts made from the name alone."""
        ...

    def portal_of(self, url: str) -> str | None:
        """The portal that publishes at the host of ``url``, or ``None`` if that is no known portal's."""
        ...

    def host_of(self, portal: str) -> str | None:
        """The host of ``portal``, or ``None`` for an unknown name and for portals without one of their own."""
        ...

    def known_as(self, portal: str, url: str) -> str | None:
        """The key under which the ledger of ``portal`` has the article at ``url``; ``None`` for other addresses."""
        ...
