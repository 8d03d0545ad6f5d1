"""One run's way into the archive: records first, rows after, published when their WARC file is whole."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.articles import article_row, tombstone_row
from archive.captures import Row, capture_row
from archive.cdx import merge_index
from archive.dedupe import Dedupe
from archive.gone import shows_gone
from archive.layout import DataFolder
from archive.ledger import Ledger
from archive.model import Exchange, Extraction, PortalFacts
from archive.newest import Newest, open_newest
from archive.tables import TableStage
from archive.warc import WarcOptions, WarcWriter

logger = logging.getLogger(__name__)

# Rows held in memory before they are staged: about 10 MB of articles.
_FLUSH_ROWS = 2048
# Of all runs of the process together, when many portals are crawled side by side; and the least that is worth a file.
_FLUSH_ALL = 4096
_FLUSH_LEAST = 32
# What waits for the ledger before a group commit takes it there: its pages are written once for all that touch them.
_TELL = 200

IsArticle = Callable[[str], bool]
ExtractNow = Callable[[str, bytes, datetime], Extraction]


@dataclass(slots=True)
class Capture:
    """An exchange in the archive: its row of the captures table and, until settled, the response block."""

    row: Row
    response: bytes


class ArchiveRun:
    """Writes what one run of one portal fetched and understood.

    ``record`` puts an exchange on disk; ``settle`` says what its page turned out to be. Rows reach the
    corpus only once the WARC file they point into is closed. ``is_article`` tells by a URL whether its page
    must be settled; pages nobody settled are put through ``extract_now`` at the end, so that each has a row
    or a reason; ``settled_late`` are the article rows which that gave. With ``dedupe``, payloads that the
    archive holds already become revisit records. ``newest`` are the newest versions, if they are open already, and
    ``ledger`` is told of every capture that is on the disk; both are closed with the run. ``unchanged`` counts answers
    that brought nothing new, ``truncated`` those that came in part.
    Raises ``StorageError`` when the disk refuses.
    """

    _all_buffered: ClassVar[int] = 0

    def __init__(
        self,
        folder: DataFolder,
        facts: PortalFacts,
        run_id: str,
        info: Mapping[str, str],
        is_article: IsArticle,
        extract_now: ExtractNow,
        options: WarcOptions | None = None,
        dedupe: bool = True,
        newest: Newest | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        token = run_id.rpartition("-")[2]
        self._folder = folder
        self._facts = facts
        self._run_id = run_id
        self._is_article = is_article
        self._extract_now = extract_now
        self._dedupe = Dedupe(folder, facts.name) if dedupe else None
        self._ledger = ledger
        self._warc = WarcWriter(folder.warc, facts.name, info, token, options, folder.cdx, self._dedupe, self._tell)
        self._captures = TableStage(folder, "captures", run_id, facts.name)
        self._articles = TableStage(folder, "articles", run_id, facts.name)
        self._newest = open_newest(folder, facts, run_id) if newest is None else newest
        self._knew_articles = bool(self._newest)
        self._unsettled: dict[str, Capture] = {}
        self._buffered = 0
        self.outcomes: dict[str, int] = {}
        self.new_articles = 0
        self.changed_articles = 0
        self.gone_articles = 0
        self.unchanged = 0
        self.truncated = 0
        self.settled_late: list[Row] = []

    @property
    def knows_articles(self) -> bool:
        """Whether the archive has articles of the portal or of its desk."""
        return self._knew_articles or bool(self.new_articles)

    @property
    def bytes_written(self) -> int:
        """Bytes of WARC written so far."""
        return self._warc.bytes

    @property
    def warc_files(self) -> list[str]:
        """Names of the WARC files closed so far."""
        return [path.name for path in self._warc.closed_files]

    def record(self, exchange: Exchange) -> Capture:
        """Write the records of ``exchange`` and keep its row until it is settled or needs no settling."""
        if self._warc.must_rotate:
            self.rotate()
        written = self._warc.write_exchange(exchange)
        row = capture_row(exchange, written, self._facts.name, self._run_id)
        capture = Capture(row, b"")
        if self._ledger is not None:
            header = written.message.header if written.message else _no_header
            self._ledger.fetched(row, header("ETag"), header("Last-Modified"))
        if row["outcome"] == "listing" and self._is_article(exchange.url):
            capture.response = bytes(exchange.response)
            self._unsettled[row["warc_record_id"]] = capture
        else:
            self._keep_capture(row, None)
        return capture

    def note(self, url: str, about: Capture, fields: Iterable[tuple[str, str]]) -> None:
        """Write what the crawler has to say about ``url``, beside the record of ``about``."""
        self._warc.write_note(url, about.row["warc_record_id"], fields)

    def settle(self, capture: Capture, extraction: Extraction) -> Row | None:
        """Settle a page: its article row if it is a new version, ``None`` if unchanged or no article.

        Settling a page twice does nothing the second time.
        """
        row = capture.row
        if row["warc_record_id"] not in self._unsettled:
            return None
        article = None
        if extraction.article is None:
            row["outcome"], row["outcome_reason"] = "not_article", extraction.reason
        else:
            row["outcome"] = "article"
            article = self._new_version(row, extraction)
            row["outcome_reason"] = None if article else "unchanged"
        if self._ledger is not None:
            self._ledger.fetched(row)
            self._ledger.published(row["url"], extraction.article.published_at if extraction.article else None)
        self._keep_capture(row, article)
        capture.response = b""
        return article

    def _new_version(self, row: Row, extraction: Extraction) -> Row | None:
        article = article_row(extraction, self._facts, row, self._newest)
        if article is not None:
            self._newest.note(article)
        return article

    def _keep_capture(self, row: Row, article: Row | None) -> None:
        """Keep the captures row ``row`` with the articles row that it gives.

        What can fail comes first: a capture without a row is found by the next start, one without its article is not.
        """
        article = article or self._absence(row)
        self._unsettled.pop(row["warc_record_id"], None)
        if article is not None:
            self._keep(self._articles, article)
            self.new_articles += article["version"] == 1
            self.gone_articles += article["status"] == "gone"
            self.changed_articles += article["version"] > 1 and article["status"] == "live"
        self._keep(self._captures, row)
        self._count(row)

    def _absence(self, row: Row) -> Row | None:
        """The tombstone if the capture ``row`` shows that an article is gone that was at its address."""
        identity = self._newest.article_at(row["url"]) if shows_gone(row) else None
        tombstone = tombstone_row(identity, self._facts, row, self._newest) if identity else None
        if tombstone is not None:
            self._newest.note(tombstone)
        return tombstone

    def _keep(self, stage: TableStage, row: Row) -> None:
        stage.add([row])
        self._buffered += 1
        ArchiveRun._all_buffered += 1
        least = _FLUSH_LEAST if ArchiveRun._all_buffered >= _FLUSH_ALL else _FLUSH_ROWS
        if self._buffered >= least:
            self._flush()

    def _flush(self) -> None:
        self._warc.commit()
        self._articles.flush()
        self._captures.flush()
        ArchiveRun._all_buffered -= self._buffered
        self._buffered = 0

    def _count(self, row: Row) -> None:
        outcome = row["outcome"]
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        self.unchanged += row["outcome_reason"] == "unchanged" or row["fetch_status"] == 304
        self.truncated += row["content_truncated"] is not None

    def commit(self) -> None:
        """Force the records written so far to the disk, then all that is told of them; due every few seconds."""
        self._warc.commit()
        self._tell(least=1)
        if self._dedupe is not None:
            self._dedupe.flush()

    def _tell(self, least: int = _TELL) -> None:
        if self._ledger is not None and self._ledger.waiting >= least:
            self._ledger.commit()

    def rotate(self) -> None:
        """Close the WARC file, then publish every row that is settled: they all point into closed files."""
        self._warc.rotate()
        self._flush()
        self._articles.publish()
        self._captures.publish()

    def close(self, merge: bool = True) -> None:
        """Settle what is left, close the WARC file, publish all rows, ``merge`` its lines into the merged index."""
        try:
            for capture in list(self._unsettled.values()):
                logger.info("settling %s at the end of the run", capture.row["url"])
                row = capture.row
                article = self.settle(capture, self._extract_now(row["url"], capture.response, row["fetch_time"]))
                self.settled_late += [article] if article else []
            self.rotate()
            if merge:
                merge_index(self._folder)
            if self._ledger is not None:
                self._ledger.close(self._run_id)
            self._newest.close(whole=True)
        finally:
            self._newest.close()
            if self._dedupe is not None:
                self._dedupe.close()


def _no_header(name: str) -> str | None:
    return None
