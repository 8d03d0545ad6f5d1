"""``import --from-cdx``: captures that another archive holds, fetched one by one into WARC files of our own.

The way to save portals that are gone. What comes is not what crossed the wire when the page was captured, so every
record says "reconstructed"; its date is that of the capture.
"""

from __future__ import annotations

import io
import platform
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import urljoin, urlsplit

from archive.access import PurgeList
from archive.corpus import reading_corpus
from archive.errors import BaotinhError, DamagedFile, UsageError
from archive.importing.cdx_server import CdxServer, Listed
from archive.importing.files import check_portal
from archive.importing.http import Answer, Client
from archive.importing.read import RawRecord, RecordReader
from archive.importing.rows import make_rows
from archive.layout import DataFolder
from archive.members import MAX_RECORD
from archive.model import Exchange, Extractor
from archive.owed import RowCounts
from archive.records import payload_of
from archive.recovery import Recovery, begin_run
from archive.runs import RunReport, append_report
from archive.staging import Progress
from archive.warc import WarcWriter

_REPLAYED = re.compile(r"/(\d{14})id_/(https?:/.*)")
_ORIGINAL = "x-archive-orig-"
# Of headers that the other archive's server may have made itself, only those that describe the body.
_TRUSTED = frozenset({"content-type", "content-language", "content-encoding"})
_FRAMING = frozenset({"transfer-encoding", "content-length", "content-encoding", "connection", "keep-alive", "trailer"})
_MOVES = 3
_HERE = "in the archive"
_TAKEN_DOWN = "taken down"


@dataclass(slots=True)
class RemoteResult:
    """What an import from a CDX server did: captures listed, fetched, passed over and why, and the rows made."""

    source: str
    portal: str
    listed: int = 0
    fetched: int = 0
    passed: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    other_digest: int = 0
    warc_files: list[str] = field(default_factory=list)
    rows: RowCounts = field(default_factory=RowCounts)

    def pass_over(self, reason: str) -> None:
        """Count a capture that is not fetched."""
        self.passed[reason] = self.passed.get(reason, 0) + 1

    def as_dict(self) -> dict[str, Any]:
        """The result as plain values for JSON."""
        return asdict(self)


class Unavailable(BaotinhError):
    """A capture that is listed and cannot be had."""


@dataclass(slots=True)
class RemoteImporter:
    """Imports what ``server`` holds of ``portal`` into ``folder``; run again, it fetches only what is missing.

    ``host`` is whose captures are asked for, by default the portal's. ``progress`` is told the number of captures
    listed so far, and 0 because nobody knows how many there are in all.
    """

    folder: DataFolder
    extractor: Extractor
    server: CdxServer
    portal: str
    client: Client
    host: str | None = None
    progress: Progress | None = None

    def run(self, since: date | None = None, until: date | None = None) -> RemoteResult:
        """Fetch the captures from ``since`` to ``until``, both days included.

        Interrupted or refused, what was fetched stays and gets its rows. Raises ``UsageError`` for a portal that
        nobody knows, ``ServerError`` when the server keeps refusing, ``StorageError`` when the disk does.
        """
        check_portal(self.portal)
        host = self.host or self.extractor.host_of(self.portal)
        if host is None:
            raise UsageError(f"--portal {self.portal} is no known portal; say with --host whose captures to ask for.")
        result = RemoteResult(self.server.endpoint, self.portal)
        run_id = f"{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(3)}"
        began = datetime.now(UTC)
        claim, recovery = begin_run(self.folder, run_id, self.extractor)
        token = run_id.rpartition("-")[2]
        writer = WarcWriter(self.folder.warc, self.portal, self._info(run_id), token, cdx=self.folder.cdx)
        reason = "stopped"
        try:
            self._fetch_all(writer, self.server.captures(self.client, host, since, until), result)
            reason = "imported"
        finally:
            writer.close()
            self._make_rows(writer, run_id, result)
            claim.release()
            append_report(
                self.folder, self._report(run_id, began, f"{reason} {self.server.endpoint}", result, recovery)
            )
        return result

    def _fetch_all(self, writer: WarcWriter, captures: Iterator[Listed], result: RemoteResult) -> None:
        known, gone = self._known(), PurgeList.load(self.folder)
        payloads: set[tuple[str, str]] = set()
        for one in captures:
            result.listed += 1
            if self.progress is not None:
                self.progress(result.listed, 0)
            reason = _TAKEN_DOWN if gone.covers(one.url) else _passed_over(one, known, payloads)
            if reason:
                result.pass_over(reason)
                continue
            try:
                exchange = self._fetch(one)
            except Unavailable as error:
                result.missing.append(str(error))
                continue
            here = (exchange.url, _stamp(exchange.started))
            if here in known:
                # What was asked for is only to be had as of another time, and that is here.
                result.pass_over(_HERE)
                continue
            known |= {here, (one.url, one.stamp)}
            if one.digest:
                payloads.add((one.url, one.digest))
                result.other_digest += payload_of(exchange.response).digest != f"sha1:{one.digest}"
            if writer.must_rotate:
                writer.rotate()
            writer.write_exchange(exchange)
            result.fetched += 1

    def _known(self) -> set[tuple[str, str]]:
        """Address and second of every capture that the archive has of the portal."""
        with reading_corpus(self.folder) as database:
            query = "SELECT url, strftime(fetch_time, '%Y%m%d%H%M%S') FROM captures WHERE portal = ?"
            return {(url, stamp) for url, stamp in database.execute(query, [self.portal]).fetchall()}

    def _make_rows(self, writer: WarcWriter, run_id: str, result: RemoteResult) -> None:
        for path in writer.closed_files:
            result.rows.add(make_rows(self.folder, self.extractor, path, run_id))
            result.warc_files.append(path.name)

    def _report(self, run_id: str, began: datetime, reason: str, result: RemoteResult, recovery: Recovery) -> RunReport:
        return RunReport(
            run_id=run_id,
            portal=self.portal,
            started=began.isoformat(),
            seconds=round((datetime.now(UTC) - began).total_seconds(), 3),
            finish_reason=reason,
            outcomes=dict(sorted(result.rows.outcomes.items())),
            articles_new=result.rows.articles_new,
            articles_changed=result.rows.articles_changed,
            warc_files=result.warc_files,
            recovered=recovery.lines(),
        )

    def _fetch(self, one: Listed) -> Exchange:
        if self.server.warcs and one.place:
            return self._from_warc(one, *one.place)
        if self.server.replay:
            return self._from_replay(one, self.server.replay)
        raise Unavailable(f"{one.url} at {one.stamp}: the listing does not say in which WARC file it is")

    # From a replay

    def _from_replay(self, one: Listed, base: str) -> Exchange:
        """The capture as the other archive replays it without changing it (``id_``)."""
        address = f"{base}{one.stamp}id_/{one.url}"
        stamp = one.stamp
        for _ in range(_MOVES):
            answer = self.client.get(address, limit=MAX_RECORD // 2)
            moved = _REPLAYED.search(answer.header("Location") or "")
            if not (300 <= answer.status < 400 and moved and moved[2] == one.url and moved[1] != stamp):
                break
            # The archive has this address at another time only.
            stamp, address = moved[1], urljoin(address, answer.header("Location") or "")
        if one.status is not None and answer.status != one.status:
            raise Unavailable(f"{one.url} at {one.stamp}: the replay answered {answer.status}, not {one.status}")
        if one.status is None and answer.status != 200:
            raise Unavailable(f"{one.url} at {one.stamp}: the replay answered {answer.status}")
        started = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return self._exchange(one.url, started, _rebuilt(answer))

    # From a WARC file

    def _from_warc(self, one: Listed, name: str, offset: int, length: int) -> Exchange:
        """The record itself, read by its place in the other archive's WARC file."""
        address = f"{self.server.warcs}{name}"
        answer = self.client.get(address, {"Range": f"bytes={offset}-{offset + length - 1}"}, MAX_RECORD)
        if answer.status != 206:
            raise Unavailable(f"{one.url} at {one.stamp}: {address} answered {answer.status} to a range")
        record = _only_record(answer, one)
        fields = {
            key.strip().lower(): value.strip()
            for key, _, value in (line.partition(":") for line in record.head.decode("utf-8", "replace").splitlines())
        }
        if fields.get("warc-type") != "response" or record.url != one.url or record.block is None:
            raise Unavailable(f"{one.url} at {one.stamp}: another record lies at {name}, byte {offset}")
        return self._exchange(one.url, one.moment, record.block, fields.get("warc-ip-address"))

    def _exchange(self, url: str, started: datetime, response: bytes, ip: str | None = None) -> Exchange:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode("utf-8", "replace")
        via = f"cdx:{self.server.endpoint}"
        return Exchange(url, started, request, response, ip=ip, fidelity="reconstructed", via=via)

    def _info(self, run_id: str) -> dict[str, str]:
        return {
            "software": f"baotinh/{version('baotinh')}, python/{platform.python_version()}",
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "operator": self.client.contact or "not named: this machine only",
            "robots": "obey (RFC 9309), the robots.txt of the archive that was read",
            "isPartOf": self.portal,
            "portal": self.portal,
            "run": run_id,
            "source": self.server.endpoint,
            "fidelity": "reconstructed: responses as another archive gives them, requests as they may have been",
        }


def _passed_over(one: Listed, known: set[tuple[str, str]], payloads: set[tuple[str, str]]) -> str | None:
    """Why a capture is not fetched, or ``None``."""
    if one.status is not None and not 200 <= one.status < 400:
        return f"status {one.status}"
    if (one.url, one.stamp) in known:
        return _HERE
    return "same payload" if one.digest and (one.url, one.digest) in payloads else None


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def _rebuilt(answer: Answer) -> bytes:
    """A response block of what was replayed: headers by their old names, framing by the length that came."""
    originals = [(key[len(_ORIGINAL) :], value) for key, value in answer.headers if key.lower().startswith(_ORIGINAL)]
    headers = [(key, value) for key, value in originals if key.lower() not in _FRAMING]
    named = {key.lower() for key, _ in headers}
    headers += [(key, value) for key, value in answer.headers if key.lower() in _TRUSTED and key.lower() not in named]
    location = answer.header("Location")
    if location and "location" not in named:
        moved = _REPLAYED.search(location)
        headers.append(("Location", moved[2] if moved else location))
    headers.append(("Content-Length", str(len(answer.body))))
    lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{key}: {value}" for key, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + answer.body


def _only_record(answer: Answer, one: Listed) -> RawRecord:
    try:
        records = list(RecordReader(io.BytesIO(answer.body), answer.url))
    except DamagedFile as damage:
        raise Unavailable(f"{one.url} at {one.stamp}: {damage}") from damage
    if len(records) != 1:
        raise Unavailable(f"{one.url} at {one.stamp}: {len(records)} records in the range, not one")
    return records[0]
