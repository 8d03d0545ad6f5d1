"""What the tests of ``purge`` share: an archive of two runs, and looking for a word whatever it is packed in."""

from __future__ import annotations

import json
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq

from archive.access import Level
from archive.httpmessage import decode_content, parse_response
from archive.layout import DataFolder
from archive.purge.orders import Order
from archive.salvage import Lost, walk_kept
from tests.archive.crawled import CHANGED, SECOND_RUN, check, crawled
from tests.archive.samples import FIRST_FETCH, LISTING, PAGES

URL = PAGES[0].url
CANARY = "Nà Phiêng"
REASON = "Tòa soạn yêu cầu gỡ bài."
LATER = FIRST_FETCH + timedelta(days=1)


def twice_crawled(path: Path) -> DataFolder:
    """Two runs: the second finds all pages again, the first of them with another title."""
    folder = DataFolder(path)
    crawled(folder)
    crawled(folder, (CHANGED, *PAGES[1:], LISTING), SECOND_RUN, started=LATER)
    assert check(folder).clean
    return folder


def order(level: Level = "delete", url: str = URL, forget: bool = False) -> Order:
    """Somebody wants ``url`` taken down."""
    return Order(url, REASON, level, forget)


def holders(data: Path, word: str) -> list[str]:
    """The files below ``data`` that hold ``word``, whatever it is packed in.

    As it is or in JSON's escapes, in gzip members and what they hold, in payloads of records with all codings undone,
    in Parquet, SQLite and ZIP.
    """
    needles = (word.encode(), json.dumps(word)[1:-1].encode())
    files = sorted(path for path in data.rglob("*") if path.is_file())
    return [
        str(path.relative_to(data))
        for path in files
        if any(needle in part for part in _contents(path) for needle in needles)
    ]


def _contents(path: Path) -> Iterator[bytes]:
    raw = path.read_bytes()
    yield raw
    yield from _inflated(raw)
    yield from _payloads(path)
    if raw.startswith(b"SQLite format 3"):
        with closing(sqlite3.connect(path)) as database:
            yield "\n".join(database.iterdump()).encode()
    if raw.startswith(b"PAR1"):
        yield str(pq.read_table(path, partitioning=None).to_pylist()).encode()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                yield packed.read(name)
                yield from _inflated(packed.read(name))


def _payloads(path: Path) -> Iterator[bytes]:
    """The payloads in a WARC file, chunks joined and content codings undone."""
    lost: list[Lost] = []
    for _, _, record in walk_kept(path, lost) if ".warc.gz" in path.name else ():
        message = parse_response(record.block)
        if message is not None:
            yield decode_content(message.payload, message.tokens("Content-Encoding"))


def _inflated(raw: bytes) -> Iterator[bytes]:
    """What every gzip member in ``raw`` holds, wherever it begins, whole or cut short; coded bodies included."""
    at = raw.find(b"\x1f\x8b\x08")
    while at >= 0:
        engine = zlib.decompressobj(31)
        parts = []
        try:
            for start in range(at, len(raw), 4096):
                parts.append(engine.decompress(raw[start : start + 4096]))
                if engine.eof:
                    break
        except zlib.error:
            pass  # The bytes only looked like the beginning of a member, or it is damaged from here on.
        content = b"".join(parts)
        yield content
        if content:
            yield from _inflated(content)
        at = raw.find(b"\x1f\x8b\x08", at + 3)
