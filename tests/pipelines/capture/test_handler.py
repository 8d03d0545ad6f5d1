"""Blocks in the WARC against what a raw socket sent: every kind of answer, byte for byte."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archive.members import Record, walk_members
from tests.conftest import read_rows
from tests.pipelines.capture.rawserver import RawServer, Script

ROOT = Path(__file__).resolve().parents[3]
BODY = ("<html><body>" + "Sáng 26-4, tại xã Đàm Thủy, lễ hội thác Bản Giốc khai mạc. " * 40 + "</body></html>").encode()
PRESSED = gzip.compress(BODY)


def _ok(body: bytes, *headers: bytes, reason: bytes = b"OK") -> bytes:
    lines = [b"HTTP/1.1 200 " + reason, *headers, b"Content-Length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _chunks(body: bytes, size: int, trailer: bytes = b"") -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    framed = b"".join(b"%x;q=1\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n" + trailer + b"\r\n"


CHUNKED = _chunks(BODY, 700)
SCRIPTS = {
    "/robots.txt": Script((b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",)),
    "/plain": Script((_ok(BODY),)),
    "/odd-headers": Script(
        (_ok(BODY, b"SERVER:nginx", b"x-a: 1", b"X-A:   2 ", b"X-Fold: a\r\n b", reason=b"T\xe1\xbb\x91t"),)
    ),
    "/no-reason": Script((b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab",)),
    "/broken-line": Script((_ok(BODY, b"this is no header"),)),
    "/chunked": Script((CHUNKED[:900], CHUNKED[900:])),
    "/trailers": Script((_chunks(BODY, 300, b"X-Checksum: 1\r\nX-More: 2\r\n"),)),
    "/gzip": Script((_ok(PRESSED, b"Content-Encoding: gzip"),)),
    "/until-close": Script((b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n", BODY), close=True),
    "/early-hints": Script((b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n", _ok(BODY))),
    "/split-in-bytes": Script(tuple(bytes([byte]) for byte in _ok(b"tung byte")), pause=0.001),
    "/close": Script((_ok(BODY, b"Connection: close"),), close=True),
    "/missing": Script((b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nkhong co!",)),
    "/error": Script((b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",)),
    "/moved": Script((b"HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 0\r\n\r\n",)),
    "/empty": Script((b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",)),
}
SHORT = {
    "/short": (Script((_ok(BODY)[:-100],), close=True), "disconnect"),
    "/short-chunk": (Script((CHUNKED[:-50],), close=True), "disconnect"),
    "/slow": (Script((_ok(BODY)[:-100],), hold=6.0), "time"),
    "/too-long": (Script((_ok(b"x" * 60_000),)), "length"),
}
BEYOND = {"/beyond": Script((_ok(BODY) + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad",), close=True)}
SILENT = {"/silent": Script((), close=True)}

_CRAWL = """
import json, sys
from scrapy.crawler import CrawlerProcess
from scrapy.http import Request
from scrapy.utils.project import get_project_settings
from scrapers.cms.nukeviet import NukeViet

class Raw(NukeViet):
    name, domain, desk = "raw", "raw.example.vn", "raw"
    async def start(self):
        for path in json.loads(sys.argv[1]):
            yield Request(f"http://raw.example.vn{path}", self.ignore, errback=self.failed, meta={"via": "test"})
    def ignore(self, response):
        return None

settings = get_project_settings()
settings.setdict({"DOWNLOAD_DELAY": 0, "RETRY_TIMES": 0, "DOWNLOAD_TIMEOUT": 3, "DOWNLOAD_MAXSIZE": 50000}, 40)
process = CrawlerProcess(settings)
process.crawl(Raw)
process.start()
"""


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RawServer]:
    data = tmp_path_factory.mktemp("raw")
    scripts = {**SCRIPTS, **{path: script for path, (script, _) in SHORT.items()}, **BEYOND, **SILENT}
    paths = [path for path in scripts if path != "/robots.txt"]
    with RawServer(scripts) as server:
        environment = {
            **os.environ,
            "ARCHIVE_DIR": str(data),
            "ARCHIVE_CONNECT_TO": f"raw.example.vn:80:127.0.0.1:{server.port}",
        }
        command = [sys.executable, "-c", _CRAWL, json.dumps(paths)]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True
        )
        assert "Spider closed (finished)" in done.stderr, done.stderr
    return data, server


def _records(data: Path, path: str, kind: str) -> list[Record]:
    (warc,) = (data / "warc").glob("*.warc.gz")
    url = f"http://raw.example.vn{path}"
    return [record for _, _, record in walk_members(warc) if record.type == kind and record.url == url]


@pytest.mark.parametrize("path", SCRIPTS)
def test_blocks_equal_the_wire(crawl: tuple[Path, RawServer], path: str) -> None:
    data, server = crawl
    responses = _records(data, path, "response")
    requests = _records(data, path, "request")
    assert {record.block for record in responses} == {SCRIPTS[path].sent}
    assert [record.block for record in requests] == server.requests[path]
    assert all(record.header("WARC-Truncated") is None for record in responses)
    assert all(b"Capture-Tap" not in record.block for record in requests)


@pytest.mark.parametrize("path", SHORT)
def test_a_short_body_is_kept_and_named(crawl: tuple[Path, RawServer], path: str) -> None:
    (record,) = _records(crawl[0], path, "response")
    script, reason = SHORT[path]
    assert record.header("WARC-Truncated") == reason
    assert script.sent.startswith(record.block)
    assert reason == "length" or record.block == script.sent
    row = next(row for row in read_rows(crawl[0], "captures") if row["url_path"] == path)
    assert (row["outcome"], row["content_truncated"]) == ("error", reason)


def test_bytes_beyond_the_body_belong_to_no_exchange(crawl: tuple[Path, RawServer]) -> None:
    (record,) = _records(crawl[0], "/beyond", "response")
    assert record.block == _ok(BODY)


def test_a_server_that_says_nothing_leaves_the_request(crawl: tuple[Path, RawServer]) -> None:
    data, server = crawl
    assert _records(data, "/silent", "response") == []
    assert {record.block for record in _records(data, "/silent", "request")} == set(server.requests["/silent"])
    rows = [row for row in read_rows(data, "captures") if row["url_path"] == "/silent"]
    assert {(row["record_type"], row["outcome"], row["fetch_status"]) for row in rows} == {("request", "error", None)}


def test_records_of_one_exchange_share_date_address_and_protocol(crawl: tuple[Path, RawServer]) -> None:
    (request,) = _records(crawl[0], "/chunked", "request")
    (response,) = _records(crawl[0], "/chunked", "response")
    for name in ("WARC-Date", "WARC-IP-Address", "WARC-Protocol", "WARC-Warcinfo-ID"):
        assert request.header(name) == response.header(name) is not None
    assert response.header("WARC-IP-Address") == "127.0.0.1"
    assert request.header("WARC-Concurrent-To") == response.record_id
