"""How large, how far and how full: bodies, redirects and the disk."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import brotli
import pytest

from archive.errors import StorageError
from archive.files import require_space
from tests.acceptance.crawling import scrapy
from tests.conftest import read_rows
from tests.pipelines.capture.rawserver import RawServer, Script
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site
from tests.scrapers.visiting import visit

MIB = 1024 * 1024


def _packed(body: bytes, coding: str) -> Script:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}"
    return Script((head.encode() + b"\r\n\r\n" + body,))


def test_bodies_beyond_the_limits_are_not_taken_in(tmp_path: Path) -> None:
    long = bytes(33 * MIB)
    scripts = {
        "/robots.txt": Script((b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",)),
        "/63": _packed(gzip.compress(bytes(63 * MIB), 6), "gzip"),
        "/65": _packed(gzip.compress(bytes(65 * MIB), 6), "gzip"),
        "/65-br": _packed(brotli.compress(bytes(65 * MIB), quality=1), "br"),
        "/twice": _packed(gzip.compress(gzip.compress(bytes(65 * MIB), 6)), "gzip, gzip"),
        "/long": Script((b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(long), long)),
        "/endless": Script((b"HTTP/1.1 200 OK\r\n\r\n", long), close=True),
    }
    with RawServer(scripts) as server:
        urls = [f"http://cong.example.vn{path}" for path in scripts if path != "/robots.txt"]
        route = f"cong.example.vn:80:127.0.0.1:{server.port}"
        done = visit(urls, tmp_path, connect_to=route, settings={"DOWNLOAD_DELAY": 0})
    came = {url.rpartition("/")[2]: result for url, result in done.came.items()}
    large, cut = "too large", "DownloadCancelledError"
    assert came == {"63": 200, "65": large, "65-br": large, "twice": large, "long": cut, "endless": cut}
    assert done.counted("guard/") == {"too large": 3}
    truncated = {row["url_path"]: row["content_truncated"] for row in read_rows(tmp_path, "captures")}
    assert {path for path, reason in truncated.items() if reason == "length"} == {"/long", "/endless"}


@pytest.mark.parametrize("hops", [10, 11])
def test_ten_redirects_are_followed(tmp_path: Path, hops: int) -> None:
    nothing = Script((b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",))
    scripts = {"/robots.txt": nothing, f"/{hops}": Script((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",))}
    for hop in range(hops):
        moved = f"HTTP/1.1 301 Moved\r\nLocation: /{hop + 1}\r\nContent-Length: 0\r\n\r\n"
        scripts[f"/{hop}"] = Script((moved.encode(),))
    with RawServer(scripts) as server:
        route = f"cong.example.vn:80:127.0.0.1:{server.port}"
        done = visit(["http://cong.example.vn/0"], tmp_path, connect_to=route, settings={"DOWNLOAD_DELAY": 0})
        assert (f"/{hops}" in server.requests) is (hops == 10)
    assert done.came == {"http://cong.example.vn/0": 200 if hops == 10 else "IgnoreRequest"}


def test_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    require_space(tmp_path / "not" / "yet", free // 2)
    with pytest.raises(StorageError, match=r"not/yet: [\d,]+ MB are free .* in reserve") as caught:
        require_space(tmp_path / "not" / "yet", free * 2)
    assert f"{free * 2 / 1e6:,.0f} MB are kept in reserve" in str(caught.value)
    require_space(tmp_path, 0)


def test_a_run_does_not_begin_on_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    with ReplicaServer([build_site("hdnd_caobang", count=2)]) as server:
        done = scrapy("harvest", "hdnd_caobang", "-s", f"ARCHIVE_DISK_RESERVE={10**18}", data=tmp_path, server=server)
        assert not server.counts
    assert done.code == 3
    assert "are kept in reserve (ARCHIVE_DISK_RESERVE). Free space" in done.err
    assert "Traceback" not in done.err
    assert read_rows(tmp_path, "captures") == []


def test_a_run_stops_where_the_reserve_begins(tmp_path: Path) -> None:
    """The reserve is raised to more than the disk has: a real disk is not ours to fill."""
    grown = (
        "import pipelines.run as run\n"
        "taken = run.CrawlRun.record\n"
        "def record(self, exchange, request):\n"
        "    taken(self, exchange, request)\n"
        "    self._reserve = 10**18 if exchange.url.endswith('/3') else self._reserve\n"
        "run.CrawlRun.record = record"
    )
    page = Script((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",))
    scripts = {"/robots.txt": page, **{f"/{number}": page for number in range(200)}}
    with RawServer(scripts) as server:
        done = visit(
            [f"http://cong.example.vn/{number}" for number in range(200)],
            tmp_path,
            connect_to=f"cong.example.vn:80:127.0.0.1:{server.port}",
            settings={"DOWNLOAD_DELAY": 0.1, "ARCHIVE_LOAD": 1, "CONCURRENT_REQUESTS": 4},
            before=grown,
        )
    assert done.stats[0]["finish_reason"] == "problem"
    assert "are kept in reserve" in done.log
    kept = {row["url_path"] for row in read_rows(tmp_path, "captures")}
    assert {"/0", "/3"} <= kept
    assert kept == set(server.requests)
    assert len(kept) < 200


@pytest.mark.parametrize("size", ["1 GB", "viel"])
def test_a_reserve_that_is_no_size(tmp_path: Path, size: str) -> None:
    route = "hdnd.caobang.gov.vn:443:127.0.0.1:9"
    done = scrapy("harvest", "hdnd_caobang", "-s", f"ARCHIVE_DISK_RESERVE={size}", data=tmp_path, connect_to=route)
    assert done.code == 2
    assert f"ARCHIVE_DISK_RESERVE={size}: write a number of bytes" in done.err
