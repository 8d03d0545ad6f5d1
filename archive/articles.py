"""Rows of the articles table, and what makes an article the same one, changed, or gone.

A row is a pure function of the extraction, the facts of the portal, the capture and the version before, so
that it can be made again from the WARC record and compared.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, Literal, Protocol
from urllib.parse import urlsplit

from archive.corpus import is_empty, reading_corpus
from archive.fold import fold
from archive.layout import DataFolder
from archive.model import Article, Extraction, PortalFacts
from archive.schema import ARTICLES, SCHEMA_VERSION

Row = dict[str, Any]

NAMESPACE: Final = uuid.UUID("b51d3a52-0f5e-4f0c-9c58-5b0a8f1d2e67")
VIETNAM: Final = timezone(timedelta(hours=7))
MERGER: Final = datetime(2025, 7, 1, tzinfo=VIETNAM)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH: Final = 1024
COMPARED: Final = ("title", "lead", "authors", "section", "published_at")


@dataclass(frozen=True, slots=True)
class Previous:
    """The newest version of an article as far as the next one depends on it."""

    version: int
    status: Literal["live", "gone"]
    title: str | None
    lead: str | None
    text_sha256: str | None
    authors: tuple[str, ...] = ()
    section: str | None = None
    published_at: datetime | None = None


_HELD: Final = tuple(field.name for field in fields(Previous))


class KnownVersions(Protocol):
    """The newest version of each article by its id, in memory or not."""

    def get(self, article: str, /) -> Previous | None:
        """The newest version of ``article``, ``None`` if it was never seen."""
        ...


class Latest(MutableMapping[str, Previous]):
    """The newest version of each article by its id, for whoever reads a whole desk; packed, as there may be many."""

    def __init__(self) -> None:
        self._packed: dict[str, str] = {}

    def __getitem__(self, article: str) -> Previous:
        return unpacked(self._packed[article])

    def __setitem__(self, article: str, previous: Previous) -> None:
        self._packed[article] = packed(previous)

    def __delitem__(self, article: str) -> None:
        del self._packed[article]

    def __contains__(self, article: object) -> bool:
        return article in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


def packed(previous: Previous) -> str:
    """``previous`` as JSON, times in microseconds since 1970 UTC."""
    columns = {name: getattr(previous, name) for name in _HELD}
    if previous.published_at is not None:
        columns["published_at"] = (previous.published_at - _EPOCH) // timedelta(microseconds=1)
    return json.dumps(list(columns.values()), ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> Previous:
    """The version that ``packed`` made ``text`` of."""
    columns = dict(zip(_HELD, json.loads(text), strict=True))
    if columns["published_at"] is not None:
        columns["published_at"] = _EPOCH + timedelta(microseconds=columns["published_at"])
    return Previous(**{**columns, "authors": tuple(columns["authors"])})


def article_id(desk: str, native_id: str | None, address: str) -> str:
    """The UUIDv5 of the desk and the CMS's own id, or of ``address`` (canonical URL) where the CMS shows no id.

    The host has no part in it: hosts change in mergers, desks keep their numbering.
    """
    return str(uuid.uuid5(NAMESPACE, f"{desk}\n{native_id}" if native_id else address))


def text_sha256(lead: str | None, text: str) -> str:
    """SHA-256 (hex) of lead, blank line and text in UTF-8.

    The lead belongs to it because rules differ on where it ends: a sentence that moves between the two is no new text.
    """
    return hashlib.sha256("\n\n".join(filter(None, (lead, text))).encode()).hexdigest()


def match_sha256(text: str) -> str:
    """SHA-256 (hex) of the folded body alone: desks change title and lead of what they take over."""
    return hashlib.sha256(fold(text).encode()).hexdigest()


def article_row(
    extraction: Extraction,
    facts: PortalFacts,
    capture: Row,
    latest: KnownVersions,
    aliases: Iterable[str] = (),
) -> Row | None:
    """The articles row of what ``extraction`` found in ``capture`` (a captures row), or ``None`` if it is unchanged.

    ``latest`` holds the newest version by article id. Unchanged means: same title, same ``text_sha256``, and
    not taken down in between. ``aliases`` are other addresses that led to this capture. Raises ``ValueError``
    when the extraction holds no article.
    """
    article = extraction.article
    if article is None:
        raise ValueError(f"{capture['url']}: no article to make a row of ({extraction.reason})")
    row = {**_identity(article, facts, capture), **_content(article), **_provenance(capture)}
    row |= {
        "aliases": sorted(set(aliases) - {capture["url"]}),
        "extractor": extraction.extractor,
        "extractor_version": extraction.extractor_version,
        "rule_id": extraction.rule_id,
        "status": "live",
    }
    return next_version(row, latest)


def next_version(row: Row, latest: KnownVersions) -> Row | None:
    """``row`` as the version of its article after the one in ``latest``, or ``None`` if it says nothing new.

    A tombstone says something only of an article that was there.
    """
    previous = latest.get(row["article_id"])
    if row["status"] == "gone" and (previous is None or previous.status == "gone"):
        return None
    if previous is not None and _unchanged(row, previous):
        return None
    return _complete(row, previous, changed_fields(row, previous))


def remember(latest: MutableMapping[str, Previous], row: Row) -> None:
    """Make ``row`` the newest version of its article in ``latest``."""
    latest[row["article_id"]] = previous_of(row)


def previous_of(row: Row) -> Previous:
    """What the version after the articles row ``row`` depends on."""
    return _previous({name: row[name] for name in ("version", "status", "text_sha256", *COMPARED)})


def _unchanged(row: Row, previous: Previous) -> bool:
    same = row["title"] == previous.title and row["text_sha256"] == previous.text_sha256
    return same and previous.status == "live"


def tombstone_row(article: str, facts: PortalFacts, capture: Row, latest: KnownVersions) -> Row | None:
    """The row that says the article with id ``article`` was gone at ``capture``; ``None`` if known, or never seen.

    ``capture`` is the record that shows it: 404, 410, a redirect to the home page or a page that says so.
    """
    return next_version(absence_row(facts, capture) | {"article_id": article}, latest)


def absence_row(facts: PortalFacts, capture: Row) -> Row:
    """The tombstone that ``capture`` would be for an article that stood at its address, its id left empty."""
    row = {
        "article_id": "",
        "portal": capture["portal"],
        "desk": facts.desk,
        "province_2025": facts.province_2025,
        "url": capture["url"],
        "url_surtkey": capture["url_surtkey"],
        "discovered_via": capture["discovered_via"],
        **_provenance(capture),
        "status": "gone",
    }
    return _complete(row, None, [])


def changed_fields(row: Row, previous: Previous | None) -> list[str]:
    """In which of title, lead, text, authors, section, published_at and status ``row`` differs from ``previous``."""
    if previous is None:
        return []
    if "gone" in (row["status"], previous.status):
        return ["status"]
    now = {**row, "authors": tuple(row["authors"] or ())}
    changed = [name for name in COMPARED if now[name] != getattr(previous, name)]
    # The earlier body is known by its hash alone: it was this body if this body under the earlier lead gives that hash.
    if text_sha256(previous.lead, row["text"]) != previous.text_sha256:
        changed.append("text")
    return changed


def _identity(article: Article, facts: PortalFacts, capture: Row) -> Row:
    return {
        "article_id": article_id(facts.desk, article.native_id, _address(article, capture)),
        "portal": capture["portal"],
        "desk": facts.desk,
        "province": _province(facts, article.published_at, capture["fetch_time"]),
        "province_2025": facts.province_2025,
        "url": capture["url"],
        "canonical_url": article.canonical_url,
        "url_surtkey": capture["url_surtkey"],
        "native_id": article.native_id,
        "discovered_via": capture["discovered_via"],
    }


def _address(article: Article, capture: Row) -> str:
    """The canonical URL, unless it is a home page or on another site.

    A template that names the home page on every page would merge them all; a copy that names the original would make
    one article of two desks' versions.
    """
    url: str = capture["url"]
    parts = urlsplit(article.canonical_url or "")
    site = capture["url_host_registered_domain"] or capture["url_host_name"]
    own = f".{parts.hostname}".endswith(f".{site}")
    return article.canonical_url if article.canonical_url and parts.path.strip("/") and own else url


def _province(facts: PortalFacts, published: datetime | None, fetched: datetime) -> str | None:
    """The province on the day of publication; without a date, what was certain on the day of the fetch."""
    if facts.province == facts.province_2025 or (published or fetched) < MERGER:
        return facts.province
    return facts.province_2025 if published else None


def _content(article: Article) -> Row:
    printed = {
        "title": article.title,
        "lead": article.lead,
        "text": article.text,
        "text_markdown": article.markdown,
        "authors": list(article.authors),
        "byline_raw": article.byline_raw,
        "section": article.section,
        "tags": list(article.tags),
        "images": [asdict(image) for image in article.images],
        "published_raw": article.published_raw,
        "source_name": article.source_name,
        "source_url": article.source_url,
        "source_raw": article.source_raw,
    }
    row: Row = _encodable(printed)
    return row | {
        "article_type": article.article_type,
        "language": article.language,
        "published_at": _utc(article.published_at),
        "published_precision": article.published_precision,
        "published_source": article.published_source,
        "modified_at": _utc(article.modified_at),
        "word_count": len(f"{row['lead'] or ''} {row['text']}".split()),
        "quality": list(article.quality),
        "text_sha256": text_sha256(row["lead"], row["text"]),
        "match_sha256": match_sha256(row["text"]),
        "rungs": [{"field": name, "rung": rung} for name, rung in sorted(article.rungs.items())],
    }


def _provenance(capture: Row) -> Row:
    names = ("fetch_time", "content_digest", "warc_filename", "warc_record_offset", "warc_record_length")
    return {name: capture[name] for name in (*names, "warc_record_id", "run_id")}


def _complete(row: Row, previous: Previous | None, changed: list[str]) -> Row:
    """``row`` with every column of the schema in order, ``None`` where it says nothing."""
    row |= {
        "version": previous.version + 1 if previous else 1,
        "changed_fields": changed,
        "schema_version": SCHEMA_VERSION,
    }
    return {name: row.get(name) for name in ARTICLES.names}


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _encodable(value: Any) -> Any:
    """``value`` with lone surrogates, which JSON-LD can smuggle in and UTF-8 cannot hold, replaced by U+FFFD."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {name: _encodable(item) for name, item in value.items()}
    return value


def load_latest(folder: DataFolder, portal: str, desk: str | None = None) -> Latest:
    """The newest version of every article of ``portal`` and of its desk's other portals, by article id.

    An article keeps its id when the desk moves to another domain. Without ``desk`` it is the one that rows of
    ``portal`` name, so that none is found for a portal without rows. Only the columns needed are read.
    """
    latest = Latest()
    if is_empty(folder, "articles"):
        return latest
    picks = ", ".join(f"{name} := {name}" for name in ("version", "status", "text_sha256", *COMPARED))
    query = (
        f"SELECT article_id, max_by(struct_pack({picks}), version) FROM articles_files "  # noqa: S608
        "WHERE desk = $desk OR desk IN (SELECT desk FROM articles_files WHERE portal = $portal) GROUP BY 1"
    )
    with reading_corpus(folder) as database:
        found = database.execute(query, {"portal": portal, "desk": desk})
        while rows := found.fetchmany(_BATCH):
            latest.update((identity, _previous(newest)) for identity, newest in rows)
    return latest


def _previous(columns: Row) -> Previous:
    return Previous(**{**columns, "authors": tuple(columns["authors"] or ())})
