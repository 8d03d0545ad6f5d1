"""From the records of one WARC file back to the rows that a crawl or an import made of them.

The rows are made by the functions that crawl and import use (``capture_row``, ``imported_row``, ``article_row`` and
the extractor), from what the file says alone: portal and run from its warcinfo record or its name, how a page was
found from its request record, the payload of a revisit from the record it refers to.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from archive.access import PurgeList
from archive.articles import absence_row, article_row
from archive.captures import capture_row
from archive.gone import shows_gone
from archive.importing import names as import_names
from archive.importing.record import ELSEWHERE, Maker, imported_row, is_capture, readable_address
from archive.layout import DataFolder
from archive.members import Record
from archive.model import Exchange, Extraction, Extractor, RecordRef
from archive.originals import Originals
from archive.records import payload_of
from archive.revisit import metadata, restore_block
from archive.salvage import Lost, walk_kept
from archive.warc import WrittenExchange

logger = logging.getLogger(__name__)

Row = dict[str, Any]
# Told the offset of the record whose page is about to be read, and ``None`` when that is done.
Reading = Callable[[int | None], None]

NO_ORIGINAL: Final = "revisit of a record that is not here"
RESPONSE_LOST: Final = "response lost"
_IMPORTED_PAGES: Final = frozenset({"listing", "feed", "other"})


class Origin(NamedTuple):
    """Which portal and which run a WARC file was written for; ``None`` where the file does not say."""

    portal: str | None
    run_id: str | None


class Reread(NamedTuple):
    """The captures row of a record, the row of its article as a first version if it is one, and the record's end."""

    capture: Row
    article: Row | None
    end: int


class _Placed(NamedTuple):
    ref: RecordRef
    record: Record


@dataclass(slots=True)
class FileReader:
    """Makes the rows of the WARC file ``path`` again; payloads of revisits are sought through the CDXJ of ``cdx``.

    Addresses of ``left_out`` get no row. ``skip`` holds offsets of records that have their row already; ``spoilt``
    maps offsets of pages that broke the extractor to the reason (``crash``, ``timeout``); ``reading`` is told which
    page is being read. Damage is noted in ``lost``; ``unlisted`` counts captures left out, ``unknown`` records of
    which nobody can say whose they are.
    """

    path: Path
    extractor: Extractor
    cdx: DataFolder
    left_out: PurgeList
    skip: Collection[int] = ()
    spoilt: Mapping[int, str] = field(default_factory=dict)
    reading: Reading = lambda offset: None
    lost: list[Lost] = field(default_factory=list)
    unknown: int = 0
    unlisted: int = 0

    def rows(self) -> Iterator[Reread]:
        """The rows of all exchanges, in the order of their records; requests whose response is lost come last."""
        with Originals(self.cdx, self.path.parent) as originals:
            imported = import_names.origin_of(self.path.name)
            made = self._own(originals) if imported is None else self._imported(imported, originals)
            for capture, article in made:
                yield Reread(capture, article, capture["warc_record_offset"] + capture["warc_record_length"])

    def _placed(self) -> Iterator[_Placed]:
        for offset, length, record in walk_kept(self.path, self.lost):
            yield _Placed(RecordRef(self.path.name, offset, length, record.record_id), record)

    def _own(self, originals: Originals) -> Iterator[tuple[Row, Row | None]]:
        """The rows of a file of our own crawls."""
        origin = origin_of(self.path)
        asked: dict[str, _Placed] = {}
        for one in self._placed():
            answer = one.record.header("WARC-Concurrent-To")
            if one.record.type == "request" and answer:
                asked[answer] = one
            elif one.record.type == "request":
                yield from self._exchange(origin, one, None, originals)
            elif one.record.type in ("response", "revisit"):
                yield from self._exchange(origin, asked.pop(one.record.record_id, None), one, originals)
        for request in asked.values():
            yield from self._exchange(origin, request, None, originals)

    def _exchange(
        self, origin: Origin, request: _Placed | None, answer: _Placed | None, originals: Originals
    ) -> Iterator[tuple[Row, Row | None]]:
        ref, record = answer or request or _nothing()
        if self.left_out.covers(record.url or ""):
            self.unlisted += 1
            return
        portal = origin.portal or self.extractor.portal_of(record.url or "")
        if ref.offset in self.skip or portal is None or not record.url:
            self.unknown += ref.offset not in self.skip
            return
        block, found = (answer.record.block, True) if answer else (b"", True)
        if record.type == "revisit":
            original = originals.find(record) if record.header("WARC-Refers-To") else None
            found = original is not None or record.header("WARC-Truncated") is None
            block = restore_block(record, original) if original and record.header("WARC-Truncated") else block
        exchange = _exchange_of(request, answer, block)
        row = capture_row(exchange, _written(request, answer, block), portal, origin.run_id or "unknown")
        if answer is None and record.header("WARC-Concurrent-To"):
            row["outcome_reason"] = RESPONSE_LOST
        article = self._settle(row, block, found) if row["outcome"] == "listing" else None
        yield row, article or self._absence(row)

    def _imported(self, origin: import_names.Origin, originals: Originals) -> Iterator[tuple[Row, Row | None]]:
        """The rows of an imported file."""
        maker = Maker()
        for ref, record in self._placed():
            if record.type == "warcinfo":
                maker = Maker.of(record)
            url = record.url or ""
            if not is_capture(record) or not readable_address(url) or ref.offset in self.skip:
                continue
            if self.left_out.covers(url):
                self.unlisted += 1
                continue
            portal = origin.portal or self.extractor.portal_of(url) or ELSEWHERE
            try:
                row = imported_row(record, ref, origin, maker, portal)
            except ValueError:
                self.unknown += 1
                continue
            if row["fetch_status"] != 200 or row["outcome"] not in _IMPORTED_PAGES:
                yield row, self._absence(row)
                continue
            original = originals.find(record) if record.type == "revisit" else None
            if original is not None:
                row["revisit_of"] = original.record_id
            block = restore_block(record, original) if original else record.block
            article = self._settle(row, block, original is not None or record.type != "revisit")
            yield row, article or self._absence(row)

    def _absence(self, row: Row) -> Row | None:
        """The tombstone that the capture ``row`` would be; which article's, if any, the rows before it tell."""
        return absence_row(self.extractor.facts(row["portal"]), row) if shows_gone(row) else None

    def _settle(self, row: Row, block: bytes, whole: bool) -> Row | None:
        """Say in ``row`` what its page is, as the crawl does; the row of the article if it is one.

        ``whole`` is false when the payload of a revisit was not found.
        """
        offset = row["warc_record_offset"]
        if offset in self.spoilt:
            row["outcome"], row["outcome_reason"] = "not_article", self.spoilt[offset]
            return None
        try:
            extraction = self._extract(row, block)
        except Exception:  # whatever a hostile page provokes costs that page only
            logger.exception("the extractor failed on %s", row["url"])
            row["outcome"], row["outcome_reason"] = "not_article", "error"
            return None
        if extraction is None:
            return None
        if extraction.article is None or not whole:
            row["outcome"], row["outcome_reason"] = "not_article", extraction.reason if whole else NO_ORIGINAL
            return None
        row["outcome"], row["outcome_reason"] = "article", None
        return article_row(extraction, self.extractor.facts(row["portal"]), row, {})

    def _extract(self, row: Row, block: bytes) -> Extraction | None:
        self.reading(row["warc_record_offset"])
        try:
            return self.extractor(row["portal"], row["url"], block, row["fetch_time"])
        finally:
            self.reading(None)


def _nothing() -> _Placed:
    raise AssertionError("an exchange has a request or an answer")


def _exchange_of(request: _Placed | None, answer: _Placed | None, block: bytes) -> Exchange:
    """The exchange as it was handed to the writer, as far as rows depend on it."""
    _, record = answer or request or _nothing()
    asked = metadata(request.record) if request else {}
    said = {**asked, **(metadata(answer.record) if answer else {})}
    truncated: Any = asked.get("unanswered")
    if answer is not None:
        # On a revisit the field says that the payload was left out.
        truncated = record.header("WARC-Truncated") if record.type == "response" else None
    fidelity: Any = said.get("fidelity", "wire")
    via: Any = asked.get("via")
    return Exchange(
        url=record.url or "",
        started=record.date,
        request=request.record.block if request else b"",
        response=block,
        fidelity=fidelity,
        truncated=truncated,
        via=via,
    )


def _written(request: _Placed | None, answer: _Placed | None, block: bytes) -> WrittenExchange:
    """What the writer said of the exchange."""
    asked = (request or answer or _nothing()).ref
    if answer is None:
        return WrittenExchange(asked, None, None, None)
    payload = payload_of(block)
    if answer.record.type == "response":
        return WrittenExchange(asked, answer.ref, payload.message, payload.digest)
    header = answer.record.header
    digest, original = header("WARC-Payload-Digest"), header("WARC-Refers-To")
    return WrittenExchange(asked, answer.ref, payload.message, digest, "revisit", original)


def origin_of(path: Path) -> Origin:
    """Portal and run of the WARC file ``path``: from its name if imported, from its warcinfo record otherwise.

    Where that is damaged, a sister file of the same run is asked.
    """
    imported = import_names.origin_of(path.name)
    if imported is not None:
        return Origin(imported.portal, imported.run_id)
    said = _warcinfo(path)
    token = path.name.rpartition("-")[2]
    for sister in sorted(path.parent.glob(f"*-{token}")) if said is None else ():
        said = said or _warcinfo(sister)
    return said or Origin(None, None)


def _warcinfo(path: Path) -> Origin | None:
    lost: list[Lost] = []
    for _, _, record in walk_kept(path, lost):
        if record.type != "warcinfo" or lost:
            return None
        pairs = (line.partition(":") for line in record.block.decode("utf-8", "replace").splitlines())
        fields = {name.strip(): value.strip() for name, _, value in pairs}
        return Origin(fields.get("portal"), fields.get("run"))
    return None


def exchanges_in(path: Path, left_out: PurgeList) -> set[int]:
    """Offsets of the records of ``path`` that must have a row in captures; those of ``left_out`` must have none."""
    if import_names.origin_of(path.name) is not None:
        return {
            offset
            for offset, _, record in walk_kept(path, [])
            if is_capture(record) and readable_address(record.url or "") and not left_out.covers(record.url or "")
        }
    asked: dict[str, int] = {}
    offsets: set[int] = set()
    for offset, _, record in walk_kept(path, []):
        if left_out.covers(record.url or ""):
            continue
        if record.type == "request":
            asked[record.header("WARC-Concurrent-To") or record.record_id] = offset
        elif record.type in ("response", "revisit"):
            offsets.add(offset)
            asked.pop(record.record_id, None)
    return offsets | set(asked.values())
