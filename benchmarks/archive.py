"""What keeping and proving costs: our WARC writer beside warcio's, ``baotinh verify`` beside ``warcio check``.

Both writers get the same exchanges of the replica portals, request and response, in turn; once with bodies as
an identity-coded server sends them, once gzipped by the server. The checkers get the same files: ``warcio check``
recomputes digests; ``verify`` does that too, finds damage that warcio does not see, and holds both tables and every
article against the records. Prints records per second and the ratios of the medians.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.model import Exchange
from archive.warc import WarcWriter
from benchmarks.crawl import replica
from tests.replica.sites import build_site

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
Pages = list[tuple[str, bytes]]


def main() -> None:
    """Run both comparisons and print their tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archive", description=__doc__)
    parser.add_argument("--articles", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    pages = _pages(arguments.articles)
    size = statistics.mean(len(body) for _, body in pages) / 1000
    print(f"{len(pages)} pages of {size:.0f} KB on average, {arguments.rounds} rounds, medians, {os.cpu_count()} cores")
    compare_writers("decoded bodies", pages, "", arguments.rounds)
    pressed = [(url, gzip.compress(body, 6, mtime=0)) for url, body in pages]
    compare_writers("gzipped bodies", pressed, "Content-Encoding: gzip\r\n", arguments.rounds)
    compare_checkers(arguments.articles, arguments.rounds)


def _pages(articles: int) -> Pages:
    from tests.replica.site import Request

    site = build_site("baocaobang", articles)
    pages = []
    for url in site.articles():
        target = "/" + url.split("/", 3)[3]
        request = Request("GET", target, "HTTP/1.1", (("Host", site.host),), b"", "https")
        pages.append((url, site.answer(request).body))
    return pages


def compare_writers(name: str, pages: Pages, coding: str, rounds: int) -> None:
    """Write ``pages`` with both writers in turn; print speed and size."""
    exchanges = [_exchange(url, body, coding) for url, body in pages]
    speeds: dict[str, list[float]] = {"warcio": [], "ours": []}
    sizes: dict[str, int] = {}
    for _ in range(rounds):
        for writer, write in (("warcio", _write_warcio), ("ours", _write_ours)):
            seconds, sizes[writer] = _timed(write, exchanges)
            speeds[writer].append(2 * len(exchanges) / seconds)
    warcio, ours = (statistics.median(speeds[writer]) for writer in ("warcio", "ours"))
    print(
        f"write, {name}: warcio {warcio:.0f} records/s, ours {ours:.0f} records/s: {ours / warcio:.2f} times, ", end=""
    )
    print(f"size {sizes['ours'] / sizes['warcio'] - 1:+.2%}")


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
    writer = WarcWriter(folder, "bench", {"software": "bench"}, "abc")
    for exchange in exchanges:
        writer.write_exchange(exchange)
    writer.close()


def _write_warcio(folder: Path, exchanges: list[Exchange]) -> None:
    with (folder / "bench.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        for exchange in exchanges:
            for kind, block in (("request", exchange.request), ("response", exchange.response)):
                writer.write_record(_warcio_record(writer, kind, exchange.url, bytes(block)))
        file.flush()
        os.fsync(file.fileno())


def _warcio_record(writer: WARCWriter, kind: str, url: str, block: bytes) -> object:
    head, _, body = block.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    protocol, _, status = first.partition(" ")
    headers = StatusAndHeaders(status, [tuple(line.split(": ", 1)) for line in lines], protocol=protocol)
    return writer.create_warc_record(url, kind, payload=io.BytesIO(body), http_headers=headers)


def compare_checkers(articles: int, rounds: int) -> None:
    """Crawl the replica once, then check its files with both in turn; print seconds."""
    data = Path(tempfile.mkdtemp(prefix="bench-"))
    with replica(articles) as connect_to:
        command = [sys.executable, "-m", "benchmarks.contenders", "ours", str(data), connect_to]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    files = sorted(str(path) for path in (data / "warc").glob("*.warc.gz"))
    commands = {
        "warcio check": [str(BIN / "warcio"), "check", *files],
        "verify": [str(BIN / "baotinh"), "--data", str(data), "verify"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, line in commands.items():
            began = time.perf_counter()
            subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            seconds[name].append(time.perf_counter() - began)
    warcio, ours = (statistics.median(seconds[name]) for name in commands)
    print(f"check of {len(files)} files: warcio check {warcio:.2f} s, verify with re-extraction {ours:.2f} s")
    shutil.rmtree(data)


if __name__ == "__main__":
    main()
