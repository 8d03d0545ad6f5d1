"""Archives that the project's own run wrote, without a crawler: exchanges in, records, rows and index out."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from archive.claims import RunClaim
from archive.layout import DataFolder
from archive.members import Record, walk_members
from archive.model import Exchange, Extraction
from archive.store import ArchiveRun
from archive.verify import Report, verify
from archive.warc import WarcOptions
from tests.archive.samples import FIRST_FETCH, LISTING, PAGES, PORTAL, PlainExtractor, SamplePage

Row = dict[str, Any]

FIRST_RUN, SECOND_RUN = "20240105020000-a1b2c3", "20240106020000-d4e5f6"
CHANGED = replace(PAGES[0], title=PAGES[0].title + " mới", lead="Cầu được đưa vào sử dụng sớm hơn dự kiến ba tháng.")
# Longer than what is kept in full whatever it repeats.
LONG = replace(PAGES[1], number=3161425, paragraphs=tuple(f"Xóm thứ {n} đã có đường bê tông." for n in range(40)))
ROBOTS = "https://baocaobang.vn/robots.txt"


def exchange(page: SamplePage, started: datetime = FIRST_FETCH) -> Exchange:
    """The exchange of ``page`` as it crossed the wire."""
    head = (
        f"HTTP/1.1 {page.status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(page.body)}\r\n\r\n"
    )
    path = page.url.partition("baocaobang.vn")[2]
    request = f"GET {path} HTTP/1.1\r\nHost: baocaobang.vn\r\n\r\n".encode()
    return Exchange(page.url, started, request, head.encode() + page.body, via="section:/Thoi-su")


def begun(folder: DataFolder, run_id: str = FIRST_RUN, portal: str = PORTAL, **options: Any) -> ArchiveRun:
    """A run that has written nothing yet."""
    extractor = PlainExtractor()

    def extract_now(url: str, response: bytes, fetched: datetime) -> Extraction:
        extraction = extractor(portal, url, response, fetched)
        assert extraction is not None
        return extraction

    facts = extractor.facts(portal)
    info = {"software": "sample", "portal": portal, "run": run_id}
    return ArchiveRun(folder, facts, run_id, info, _is_article, extract_now, WarcOptions(**options))


def _is_article(url: str) -> bool:
    return re.search(r"-\d+\.html$", url) is not None


def crawled(
    folder: DataFolder,
    pages: Sequence[SamplePage] = (*PAGES, LISTING),
    run_id: str = FIRST_RUN,
    portal: str = PORTAL,
    started: datetime = FIRST_FETCH,
) -> Path:
    """Archive ``pages`` in one run that ends well; its WARC file."""
    run = begun(folder, run_id, portal)
    for number, page in enumerate(pages):
        run.record(exchange(page, started + timedelta(seconds=number)))
    run.close()
    return folder.warc / run.warc_files[-1]


def killed(folder: DataFolder, pages: Sequence[SamplePage] = (*PAGES, LISTING), run_id: str = FIRST_RUN) -> Path:
    """Archive ``pages`` in a run that dies before it closes its file; that file."""
    claim = RunClaim(folder, run_id)
    run = begun(folder, run_id)
    for number, page in enumerate(pages):
        run.record(exchange(page, FIRST_FETCH + timedelta(seconds=number)))
    abandon(claim, run)
    return folder.open_files()[-1]


def abandon(claim: RunClaim, run: ArchiveRun) -> None:
    """Let go of everything the run holds, as the kernel does with a process that was killed."""
    os.close(claim._descriptor)
    warc = run._warc
    if warc._file is not None:
        warc._file.close()
    if warc._cdx is not None and warc._cdx._file is not None:
        warc._cdx._file.close()
    if run._dedupe is not None:
        run._dedupe.close()
    run._newest.close()


def rows(folder: DataFolder, table: str) -> list[Row]:
    """All rows of a table, by record."""
    path = folder.path / "corpus" / table
    if not path.exists():
        return []
    found: list[Row] = ds.dataset(path, partitioning="hive").to_table().to_pylist()
    return sorted(found, key=lambda row: (row["warc_filename"], row["warc_record_offset"]))


def tables(folder: DataFolder) -> tuple[list[Row], list[Row]]:
    """All rows of both tables."""
    return rows(folder, "captures"), rows(folder, "articles")


def check(folder: DataFolder) -> Report:
    """What ``verify`` says."""
    return verify(folder, PlainExtractor(), jobs=1)


def members(path: Path) -> list[tuple[bytes, Record]]:
    """The gzip members of a whole file with their records."""
    data = path.read_bytes()
    return [(data[offset : offset + length], record) for offset, length, record in walk_members(path)]
