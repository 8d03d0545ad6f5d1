"""What keeping and proving costs: our WARC writer beside warcio's, ``verify --files`` beside ``warcio check``.

Both writers get the same exchanges, request and response, in turn; once with bodies as an identity-coded server sends
them, once gzipped by the server. The pages are those of a replica portal and of a real one, ``--warc``, by default the
mirror in ``../shared`` if it lies there: what a compressor gains depends on how pages are laid out, and replicas are
laid out by nobody, so that what is asked of the writer is asked on the real ones. The checkers get the same files and
say what each of them checks. ``rebuild`` makes the tables of several files with one process and with two, some two
seconds of start-up included, which a second process does not shorten: with few ``--articles`` they are most of it. The
whole ``verify``, which extracts every page again, is timed on the same archive. Prints speeds and the ratios of the
medians, and the load of the machine when it began.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.cdx import merge_index
from archive.httpmessage import decode_content, parse_response
from archive.layout import DataFolder
from archive.members import walk_members
from archive.model import Exchange
from archive.records import new_id, warc_date
from archive.warc import WarcOptions, WarcWriter
from tests.replica.sites import build_site

BIN = Path(sys.executable).parent
_MIRROR = Path(__file__).resolve().parents[2] / "shared" / "real" / "council-portal-nukeviet45.warc.gz"
PORTAL = "baocaobang"
FILES = 8
WRITTEN = 1000
_INFO = "<urn:uuid:6e1f3f5c-52a7-4c53-9a0e-52d2b2a3b7d1>"
WHAT = ("write", "check", "rebuild")
Pages = list[tuple[str, bytes]]


def main() -> None:
    """Run the comparisons and print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archive", description=__doc__)
    parser.add_argument("--articles", type=int, default=8000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--warc", type=Path, default=_MIRROR, help="write the pages of this WARC file too, those of a real site"
    )
    parser.add_argument("--what", nargs="+", choices=WHAT, default=WHAT, help="default: all of them")
    arguments = parser.parse_args()
    print(f"{arguments.rounds} rounds, medians, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    pages = _pages(arguments.articles)
    sources: dict[str, Pages] = {}
    if arguments.warc != _MIRROR or _MIRROR.exists():
        sources[arguments.warc.name] = _pages_of(arguments.warc)
    sources[f"replica of {PORTAL}"] = pages
    if "write" in arguments.what:
        for name, written in sources.items():
            compare_codings(name, written[:WRITTEN], arguments.rounds)
    if "check" in arguments.what:
        compare_checkers(pages, arguments.rounds)
    if "rebuild" in arguments.what:
        compare_jobs(pages, arguments.rounds)


def _pages(articles: int) -> Pages:
    from tests.replica.site import Request

    site = build_site(PORTAL, articles)
    pages = []
    for url in site.articles():
        target = "/" + url.split("/", 3)[3]
        request = Request("GET", target, "HTTP/1.1", (("Host", site.host),), b"", "https")
        pages.append((url, site.answer(request).body))
    return pages


def _pages_of(warc: Path) -> Pages:
    """The pages of ``warc`` that answered 200 with more than 2,000 bytes, decoded."""
    records = (record for _, _, record in walk_members(warc) if record.type == "response" and record.url)
    answers = ((record.url or "", parse_response(record.block)) for record in records)
    return [
        (url, decode_content(answer.payload, answer.tokens("Content-Encoding")))
        for url, answer in answers
        if answer is not None and answer.status == 200 and len(answer.payload) > 2000
    ]


def compare_codings(name: str, pages: Pages, rounds: int) -> None:
    """Write ``pages`` as an identity-coded server sends them and as one that presses them."""
    size = statistics.mean(len(body) for _, body in pages) / 1000
    print(f"{name}: {len(pages)} pages of {size:.0f} KB on average")
    compare_writers("  decoded bodies", pages, "", rounds)
    pressed = [(url, gzip.compress(body, 6, mtime=0)) for url, body in pages]
    compare_writers("  gzipped bodies", pressed, "Content-Encoding: gzip\r\n", rounds)


def compare_writers(name: str, pages: Pages, coding: str, rounds: int) -> None:
    """Write ``pages`` with both writers in turn; print speed and size.

    Both put the same fields on their records and sync once at the end; ours also with its own group commit.
    """
    exchanges = [_exchange(url, body, coding) for url, body in pages]
    writers = {"warcio": _write_warcio, "ours": _write_ours, "ours, synced as in a crawl": _write_synced}
    speeds: dict[str, list[float]] = {writer: [] for writer in writers}
    sizes: dict[str, int] = {}
    for _ in range(rounds):
        for writer, write in writers.items():
            seconds, sizes[writer] = _timed(write, exchanges)
            speeds[writer].append(2 * len(exchanges) / seconds)
    base, *others = writers
    print(f"{name}, write: {base} {statistics.median(speeds[base]):.0f} records/s", end="")
    for writer in others:
        speed = statistics.median(speeds[writer])
        print(f"; {writer} {speed:.0f}: {speed / statistics.median(speeds[base]):.2f} times", end="")
    print(f"; size {sizes['ours'] / sizes[base] - 1:+.2%}")


def _exchange(url: str, body: bytes, coding: str) -> Exchange:
    head = f"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n{coding}Content-Length: {len(body)}\r\n\r\n"
    request = f"GET {url} HTTP/1.1\r\nHost: baocaobang.vn\r\nAccept-Encoding: gzip, br\r\n\r\n"
    return Exchange(url, datetime(2026, 11, 21, tzinfo=UTC), request.encode(), head.encode() + body, ip="127.0.0.1")


def _timed(write: Callable[[Path, list[Exchange]], None], exchanges: list[Exchange]) -> tuple[float, int]:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    began = time.perf_counter()
    write(folder, exchanges)
    seconds = time.perf_counter() - began
    size = sum(path.stat().st_size for path in folder.iterdir())
    shutil.rmtree(folder)
    return seconds, size


def _write_ours(folder: Path, exchanges: list[Exchange]) -> None:
    _write_synced(folder, exchanges, WarcOptions(sync_records=sys.maxsize, sync_seconds=float("inf")))


def _write_synced(folder: Path, exchanges: list[Exchange], options: WarcOptions | None = None) -> None:
    writer = WarcWriter(folder, "bench", {"software": "bench"}, "abc", options)
    for exchange in exchanges:
        writer.write_exchange(exchange)
    writer.close()


def _write_warcio(folder: Path, exchanges: list[Exchange]) -> None:
    with (folder / "bench.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        for exchange in exchanges:
            asked, answered = new_id(), new_id()
            for kind, own, other, block in (
                ("request", asked, answered, exchange.request), ("response", answered, asked, exchange.response),
            ):  # fmt: skip
                fields = {
                    "WARC-Record-ID": own,
                    "WARC-Date": warc_date(exchange.started),
                    "WARC-Warcinfo-ID": _INFO,
                    "WARC-IP-Address": str(exchange.ip),
                    "WARC-Concurrent-To": other,
                }
                writer.write_record(_warcio_record(writer, kind, exchange.url, bytes(block), fields))
        file.flush()
        os.fsync(file.fileno())


def _warcio_record(writer: WARCWriter, kind: str, url: str, block: bytes, fields: dict[str, str]) -> object:
    head, _, body = block.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    protocol, _, status = first.partition(" ")
    headers = StatusAndHeaders(status, [tuple(line.split(": ", 1)) for line in lines], protocol=protocol)
    return writer.create_warc_record(
        url, kind, payload=io.BytesIO(body), http_headers=headers, warc_headers_dict=dict(fields)
    )


def compare_checkers(pages: Pages, rounds: int) -> None:
    """Check the same files with both tools in turn, one process each; print records per second and the ratio."""
    with _archive([pages] * FILES) as data:
        files = [str(path) for path in data.warc_files()]
        ours = [str(BIN / "baotinh"), "--data", str(data.path), "verify", "--files", "--jobs", "1"]
        seconds = _in_turn({"warcio": [str(BIN / "warcio"), "check", *files], "ours": ours}, rounds)
        records = FILES * (2 * len(pages) + 1)
        size = sum(path.stat().st_size for path in data.warc_files()) / 1e6
    speeds = {name: records / clock for name, (clock, _) in seconds.items()}
    clock, used = (warcio / own for warcio, own in zip(seconds["warcio"], seconds["ours"], strict=True))
    print(
        f"check of {FILES} files, {records} records, {size:.0f} MB: warcio check {speeds['warcio']:.0f} records/s, "
        f"verify --files {speeds['ours']:.0f} records/s: {clock:.2f} times, {used:.2f} times by processor time"
    )
    print("  warcio check: block and payload digests; a record cut short passes as a shorter one")
    print("  verify --files: that, each gzip member whole and one record long, each CDXJ line, the merged index")


def compare_jobs(pages: Pages, rounds: int) -> None:
    """Make the tables of one archive again with one process and with two; print pages per second and the ratio."""
    with _archive([pages[number::FILES] for number in range(FILES)]) as data:
        target = data.path / "made"
        base = [str(BIN / "baotinh"), "--data", str(data.path)]
        commands = {jobs: [*base, "rebuild", "--into", str(target), "--jobs", jobs] for jobs in ("1", "2")}
        seconds = _in_turn(commands, rounds, lambda: shutil.rmtree(target, ignore_errors=True))
        speeds = {jobs: len(pages) / clock for jobs, (clock, _) in seconds.items()}
        print(
            f"rebuild of {FILES} files, {len(pages)} pages: 1 process {speeds['1']:.1f} pages/s, "
            f"2 processes {speeds['2']:.1f} pages/s: {speeds['2'] / speeds['1']:.2f} times"
        )
        subprocess.run([*base, "rebuild"], check=True, stdout=subprocess.DEVNULL)
        whole, _ = _in_turn({"verify": [*base, "verify", "--jobs", "1"]}, rounds)["verify"]
    print(f"verify of the same files, 1 process: {len(pages) / whole:.1f} pages/s")
    print("  verify: what --files checks, both tables against the records, every page extracted again")


@contextmanager
def _archive(files: Sequence[Pages]) -> Iterator[DataFolder]:
    """A data folder with a WARC file and its CDXJ for each of ``files``."""
    folder = DataFolder(Path(tempfile.mkdtemp(prefix="bench-")))
    info = {"software": "bench", "portal": PORTAL, "run": "20261121000000-abcdef"}
    writer = WarcWriter(folder.warc, PORTAL, info, "abcdef", cdx=folder.cdx)
    for pages in files:
        for url, body in pages:
            writer.write_exchange(_exchange(url, body, ""))
        writer.rotate()
    merge_index(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder.path)


def _in_turn(
    commands: dict[str, list[str]], rounds: int, between: Callable[[], None] = lambda: None
) -> dict[str, tuple[float, float]]:
    """The medians of the seconds that each command takes as a whole process: by the clock, and of processor time."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, line in commands.items():
            between()
            began, used = time.perf_counter(), _processor_seconds()
            subprocess.run(line, stdout=subprocess.DEVNULL, check=True)
            seconds[name].append((time.perf_counter() - began, _processor_seconds() - used))
    return {
        name: (statistics.median(clock for clock, _ in values), statistics.median(used for _, used in values))
        for name, values in seconds.items()
    }


def _processor_seconds() -> float:
    """What all commands so far have used, their own children included."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
