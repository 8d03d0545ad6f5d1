"""What a harvest costs beside its pages as the archive grows: the start and the end of its runs, in files and seconds.

Every harvest begins a run for each of so many portals, keeps a few small pages of each, one of them a new article, and
ends them all, as ``scrapy harvest`` does from cron. ``ours`` recovers, puts small files together, and asks the files
below ``state/`` what is known. ``appended`` is the plain way: each run leaves its Parquet files, and each start asks
DuckDB over all of them which addresses and articles are known. Prints, when so many harvests were made, the medians of
the last tenth: seconds to begin and to end all runs; the files of the tables; and the peak of resident memory.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from archive.articles import load_latest
from archive.claims import RunClaim
from archive.corpus import reading_corpus
from archive.layout import DataFolder
from archive.ledger import Ledger
from archive.model import Exchange, Extraction, PortalFacts
from archive.newest import nothing_known, open_newest
from archive.recovery import begin_run
from archive.store import ArchiveRun
from tests.archive.samples import PAGES, PlainExtractor

LISTINGS: Final = 9
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_EXTRACTOR: Final = PlainExtractor()


@dataclass(slots=True)
class Portal:
    """One portal's run of one harvest."""

    run: ArchiveRun
    claim: RunClaim | None
    began: datetime


def main() -> None:
    """Run the harvests of both, each in a process of its own, and print what they cost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.years", description=__doc__)
    parser.add_argument("--portals", type=int, default=20)
    parser.add_argument("--harvests", type=int, nargs="+", default=[25, 100, 400], help="sizes to report at")
    parser.add_argument("--only", nargs="+", choices=tuple(_WAYS), default=tuple(_WAYS))
    arguments = parser.parse_args()
    for name in arguments.only:
        process = multiprocessing.get_context("spawn").Process(
            target=_grow, args=(name, arguments.portals, sorted(arguments.harvests))
        )
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


def _grow(name: str, portals: int, sizes: Sequence[int]) -> None:
    folder = DataFolder(Path(tempfile.mkdtemp(prefix="bench-")))
    starts: list[float] = []
    ends: list[float] = []
    first: tuple[float, float] | None = None
    try:
        for number in range(sizes[-1]):
            began, ended = _harvest(folder, _WAYS[name], portals, number)
            starts.append(began)
            ends.append(ended)
            if number + 1 not in sizes:
                continue
            lately = max(3, (number + 1) // 10)
            start, end = statistics.median(starts[-lately:]), statistics.median(ends[-lately:])
            first = first or (start, end)
            files = sum(1 for _ in folder.corpus.glob("*/month=*/*.parquet"))
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{name:9} {number + 1:6} harvests of {portals} portals: start {start:.2f} s, end {end:.2f} s, "
                f"{(start + end) / sum(first):.1f} times the first; {files} files of tables, {memory:.0f} MB",
                flush=True,
            )
    finally:
        shutil.rmtree(folder.path)


def _harvest(
    folder: DataFolder, begin: Callable[[DataFolder, PortalFacts, str, bool], Portal], portals: int, number: int
) -> tuple[float, float]:
    """One harvest; the seconds that all runs took to begin, and to end."""
    moment = START + timedelta(hours=number)
    clock = time.perf_counter()
    runs = []
    for place in range(portals):
        facts = replace(_EXTRACTOR.facts("baocaobang"), name=f"portal{place:02}", desk=f"desk-{place:02}")
        runs.append(begin(folder, facts, f"{moment:%Y%m%d%H%M%S}-{place:06x}", place > 0))
    started = time.perf_counter() - clock
    for place, portal in enumerate(runs):
        _fetch(portal, place, number, moment)
    clock = time.perf_counter()
    for place, portal in enumerate(runs):
        portal.run.close(merge=place == portals - 1)
        if portal.claim is not None:
            portal.claim.release()
    return started, time.perf_counter() - clock


def _fetch(portal: Portal, place: int, number: int, moment: datetime) -> None:
    """What one run keeps: listings, and an article that is new."""
    for page in range(LISTINGS):
        body = f"<html><body>{portal.began} {page} {number * (page % 2)}</body></html>" * 20
        portal.run.record(_exchange(f"https://p{place:02}.vn/muc-{page}", body.encode(), moment))
    article = replace(PAGES[0], number=10_000_000 + number)
    url = article.url.replace("baocaobang.vn", f"p{place:02}.vn")
    capture = portal.run.record(_exchange(url, article.body, moment))
    portal.run.settle(capture, _extract(url, capture.response, moment))


def _exchange(url: str, body: bytes, moment: datetime) -> Exchange:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    return Exchange(url, moment, f"GET {url} HTTP/1.1\r\n\r\n".encode(), head.encode() + body, via="section:/tin")


def _extract(url: str, response: bytes, fetched: datetime) -> Extraction:
    extraction = _EXTRACTOR("baocaobang", url, response, fetched)
    assert extraction is not None
    return extraction


def _begin(folder: DataFolder, facts: PortalFacts, run_id: str, looked: bool) -> Portal:
    """A run begins as a crawler's does."""
    claim, _recovery = begin_run(folder, run_id, _EXTRACTOR, 0, looked)
    newest, ledger = open_newest(folder, facts, run_id), Ledger(folder, facts.name, _article_of)
    run = ArchiveRun(
        folder, facts, run_id, {"software": "bench"}, _is_article, _extract, newest=newest, ledger=ledger
    )  # fmt: skip
    return Portal(run, claim, START)


def _begin_plainly(folder: DataFolder, facts: PortalFacts, run_id: str, looked: bool) -> Portal:
    """A run begins by asking all files that there are."""
    load_latest(folder, facts.name, facts.desk)
    with reading_corpus(folder) as corpus:
        query = "SELECT url, max(fetch_time) FROM captures_files WHERE portal = ? GROUP BY ALL"
        dict(corpus.execute(query, [facts.name]).fetchall())
    info = {"software": "bench"}
    run = ArchiveRun(folder, facts, run_id, info, _is_article, _extract, dedupe=False, newest=nothing_known())
    return Portal(run, None, START)


def _article_of(url: str) -> str | None:
    return url if _is_article(url) else None


def _is_article(url: str) -> bool:
    return url.endswith(".html")


_WAYS: Final = {"appended": _begin_plainly, "ours": _begin}


if __name__ == "__main__":
    main()
