"""Blocks in the WARC against what a raw socket sent: every kind of answer, byte for byte, with and without TLS."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import ssl
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest

from archive.members import Record, walk_members
from archive.records import IDENTICAL, NOT_MODIFIED
from archive.revisit import metadata, restore_block
from tests.conftest import read_rows
from tests.pipelines.capture.rawserver import RawServer, Script
from tests.replica.tls import certificate, server_context

ROOT = Path(__file__).resolve().parents[3]
HOSTS = ("raw.example.vn", "tls13.example.vn", "tls12.example.vn")
ORIGINS = ("http://raw.example.vn", "https://tls13.example.vn", "https://tls12.example.vn")
BODY = ("<html><body>" + "Sáng 26-4, tại xã Đàm Thủy, lễ hội thác Bản Giốc khai mạc. " * 40 + "</body></html>").encode()
LARGE = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(100_000))


def _ok(body: bytes, *headers: bytes, start: bytes = b"HTTP/1.1 200 OK") -> bytes:
    lines = [start, *headers, b"Content-Length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _chunks(body: bytes, size: int, trailer: bytes = b"") -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    framed = b"".join(b"%x;q=1\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n" + trailer + b"\r\n"


CHUNKED = _chunks(BODY, 700)
WHOLE = {
    "/robots.txt": Script((b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",)),
    "/plain": Script((_ok(BODY),)),
    "/odd-headers": Script(
        (
            _ok(
                BODY + b"1",
                b"SERVER:nginx",
                b"x-a: 1",
                b"X-A:   2 ",
                b"X-Fold: a\r\n b",
                start=b"HTTP/1.1 200 T\xe1\xbb\x91t",
            ),
        )
    ),
    "/no-reason": Script((b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab",)),
    "/broken-line": Script((_ok(BODY + b"2", b"this is no header"),)),
    "/bare-line-feeds": Script((b"HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 2\n\nab",)),
    "/set-cookies": Script((_ok(b"", b"Set-Cookie: a=1", b"set-cookie: b=2", b"Set-Cookie: a=1"),)),
    "/latin-1": Script((_ok(b"x", b"X-Ten: Cao B\xb1ng"),)),
    "/chunked": Script((CHUNKED[:900], CHUNKED[900:])),
    "/trailers": Script((_chunks(BODY + b"3", 300, b"X-Checksum: 1\r\nX-More: 2\r\n"),)),
    "/chunks-and-length": Script((CHUNKED.replace(b"\r\nTransfer", b"\r\nX-Length: 7\r\nTransfer", 1),)),
    "/gzip": Script((_ok(gzip.compress(BODY, mtime=0), b"Content-Encoding: gzip"),)),
    "/deflate": Script((_ok(zlib.compress(BODY), b"Content-Encoding: deflate"),)),
    "/brotli": Script((_ok(brotli.compress(BODY), b"Content-Encoding: br"),)),
    "/chunked-gzip": Script((_chunks(gzip.compress(BODY + b"4", mtime=0), 200),)),
    "/until-close": Script((b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n", BODY + b"5"), close=True),
    "/http-1.0-with-length": Script((_ok(BODY + b"6", b"Connection: keep-alive", start=b"HTTP/1.0 200 OK"),)),
    "/early-hints": Script((b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n", _ok(BODY + b"7"))),
    "/continue-twice": Script((b"HTTP/1.1 100 Continue\r\n\r\n" * 2 + _ok(BODY + b"8"),)),
    "/split-in-bytes": Script(tuple(bytes([byte]) for byte in _ok(b"tung byte")), pause=0.001),
    "/close": Script((_ok(BODY + b"9", b"Connection: close"),), close=True),
    "/missing": Script((b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nkhong co!",)),
    "/error": Script((b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",)),
    "/moved": Script((b"HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 0\r\n\r\n",)),
    "/empty": Script((b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",)),
    "/not-modified": Script((b'HTTP/1.1 304 Not Modified\r\nETag: "b-1"\r\n\r\n',)),
    "/large": Script((_ok(LARGE),), pause=0),
    "/large-chunked": Script((_chunks(LARGE[1:], 60_000, b"X-Sum: 7\r\n"),), pause=0),
}
SHORT = {
    "/short": (Script((_ok(BODY)[:-100],), close=True), "disconnect"),
    "/short-chunk": (Script((CHUNKED[:-50],), close=True), "disconnect"),
    "/half-a-head": (Script((b"HTTP/1.1 200 OK\r\nContent-Ty",), close=True), "disconnect"),
    # The client gives up on a name that is none.
    "/odd-name": (Script((_ok(b"x", b"X-\xc3\xa1: 1"),)), "unspecified"),
    "/slow": (Script((_ok(BODY)[:-100],), hold=6.0), "time"),
    "/too-long": (Script((_ok(b"x" * 60_000),)), "length"),
}
BEYOND = {"/beyond": Script((_ok(BODY + b"a") + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad",))}
SILENT = {"/silent": Script((), close=True)}
# On a connection that has served a request already, so that the client sends it again by itself.
DEAD = {"/before-dead": Script((_ok(b"-"),)), "/dead": Script((), close=True, then=Script((_ok(b"song lai"),)))}
# The server leaves without a word; what the client sends in that moment reaches nobody.
LEFT = {"/leaves": Script((_ok(b"het"),), close=True), "/after-that": Script((_ok(b"con"),))}
FLAKY = {"/flaky": Script((_ok(b"doi", start=b"HTTP/1.1 503 Ban"),), then=Script((_ok(b"xong"),)))}
AGAIN = {"/again": Script((_ok(BODY),)), "/again-chunked": Script((_chunks(BODY, 999, b"X-T: 2\r\n"),))}
SCRIPTS = {
    **WHOLE,
    **{path: script for path, (script, _) in SHORT.items()},
    **BEYOND,
    **SILENT,
    **DEAD,
    **LEFT,
    **FLAKY,
}

_CRAWL = """
import json, sys
from scrapy.crawler import CrawlerProcess
from scrapy.http import Request
from scrapy.utils.project import get_project_settings
from scrapers.cms.nukeviet import NukeViet

class Raw(NukeViet):
    name, domain, desk = "raw", "raw.example.vn", "raw"
    async def start(self):
        origins, paths, late = json.loads(sys.argv[1])
        for origin in origins:
            for number, path in enumerate(paths + late):
                meta = {"via": "test", "max_retry_times": int(path == "/flaky")}
                if path.startswith("/large"):
                    meta["download_maxsize"] = 10_000_000
                yield Request(
                    origin + path, self.ignore, errback=self.failed, meta=meta, priority=-number, dont_filter=True
                )
    def ignore(self, response):
        return None

# Without any delay, Scrapy sends all that is queued for a host at once.
settings = get_project_settings()
limits = {"DOWNLOAD_TIMEOUT": 3, "DOWNLOAD_MAXSIZE": 50000, "ARCHIVE_BACK_OFF": 0.1}
settings.setdict({"DOWNLOAD_DELAY": 0.001, "RETRY_TIMES": 0, **limits}, 40)
process = CrawlerProcess(settings)
process.crawl(Raw)
process.start()
"""


# The server lets go after half a second; meanwhile other runs that end hold the loop up for longer than anyone waits.
_LATE = """
import time
from pipelines.capture.pool import CapturingPool

close = CapturingPool.closeCachedConnections
def closing(self):
    from twisted.internet import reactor
    from twisted.internet.task import deferLater
    print("closing", sum(map(len, self._connections.values())), "connections")
    reactor.callLater(0.2, time.sleep, 1.2)
    return close(self).addCallback(lambda _: deferLater(reactor, 0.5))
CapturingPool.closeCachedConnections = closing
"""


def _context(host: str, newest: ssl.TLSVersion) -> ssl.SSLContext:
    context = server_context((host,))
    context.maximum_version = newest
    return context


@dataclass
class Crawled:
    """A crawl of the three servers: its data folder and the servers by origin."""

    data: Path
    servers: dict[str, RawServer]

    def __post_init__(self) -> None:
        (warc,) = (self.data / "warc").glob("*.warc.gz")
        self.records = [record for _, _, record in walk_members(warc)]
        self.by_id = {record.record_id: record for record in self.records}

    def of(self, url: str, *kinds: str) -> list[Record]:
        """The records of ``url`` of these types."""
        return [record for record in self.records if record.type in kinds and record.url == url]

    def wire(self, record: Record) -> bytes:
        """The response as it crossed the wire: a revisit's payload is in the record it refers to."""
        if record.header("WARC-Profile") != IDENTICAL:
            return record.block
        return restore_block(record, self.by_id[record.header("WARC-Refers-To") or ""])


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    data = tmp_path_factory.mktemp("raw")
    scripts = {**SCRIPTS, **AGAIN}
    early = [path for path in SCRIPTS if path != "/robots.txt"]
    with ExitStack() as stack:
        contexts = (None, _context(HOSTS[1], ssl.TLSVersion.TLSv1_3), _context(HOSTS[2], ssl.TLSVersion.TLSv1_2))
        servers = {
            origin: stack.enter_context(RawServer(scripts, context))
            for origin, context in zip(ORIGINS, contexts, strict=True)
        }
        routes = (
            f"{origin.partition('://')[2]}:{443 if server.tls else 80}:127.0.0.1:{server.port}"
            for origin, server in servers.items()
        )
        environment = {**os.environ, "ARCHIVE_DIR": str(data), "ARCHIVE_CONNECT_TO": ",".join(routes)}
        command = [sys.executable, "-c", _CRAWL, json.dumps([ORIGINS, early, list(AGAIN)])]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True
        )
        assert "Spider closed (finished)" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
    return Crawled(data, servers)


def _answers(crawl: Crawled, url: str) -> Iterator[Record]:
    yield from crawl.of(url, "response", "revisit")


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", [*WHOLE, *AGAIN])
def test_blocks_equal_the_wire(crawl: Crawled, origin: str, path: str) -> None:
    answers = list(_answers(crawl, origin + path))
    requests = crawl.of(origin + path, "request")
    assert {crawl.wire(record) for record in answers} == {{**WHOLE, **AGAIN}[path].sent}
    assert [record.block for record in requests] == crawl.servers[origin].requests[path]
    assert len(answers) == len(requests)
    left_out = [record.header("WARC-Truncated") for record in answers if record.block != crawl.wire(record)]
    assert set(left_out) <= {"length"}
    assert all(record.header("WARC-Truncated") is None for record in answers if record.type == "response")
    assert all(b"Capture-Tap" not in record.block for record in requests)


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", SHORT)
def test_a_short_body_is_kept_and_named(crawl: Crawled, origin: str, path: str) -> None:
    (record,) = _answers(crawl, origin + path)
    script, reason = SHORT[path]
    assert record.type == "response"
    assert record.header("WARC-Truncated") == reason
    assert script.sent.startswith(record.block)
    assert reason == "length" or record.block == script.sent
    rows = [row for row in read_rows(crawl.data, "captures") if row["url"] == origin + path]
    assert [(row["outcome"], row["content_truncated"]) for row in rows] == [("error", reason)]


@pytest.mark.parametrize("origin", ORIGINS)
def test_bytes_beyond_the_body_belong_to_no_exchange_and_are_counted(crawl: Crawled, origin: str) -> None:
    (record,) = _answers(crawl, origin + "/beyond")
    block = crawl.wire(record)
    assert block == _ok(BODY + b"a")
    assert metadata(record)["bytes_beyond_body"] == len(BEYOND["/beyond"].sent) - len(block)


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_server_that_says_nothing_leaves_the_request(crawl: Crawled, origin: str) -> None:
    url = origin + "/silent"
    assert list(_answers(crawl, url)) == []
    requests = crawl.of(url, "request")
    assert [record.block for record in requests] == crawl.servers[origin].requests["/silent"]
    assert all(metadata(record)["unanswered"] == "disconnect" for record in requests)
    rows = [row for row in read_rows(crawl.data, "captures") if row["url"] == url]
    assert {(row["record_type"], row["outcome"], row["fetch_status"]) for row in rows} == {("request", "error", None)}


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_request_sent_again_is_recorded_each_time(crawl: Crawled, origin: str) -> None:
    dead = crawl.of(origin + "/dead", "request")
    assert [record.block for record in dead] == crawl.servers[origin].requests["/dead"]
    assert [metadata(record).get("unanswered") for record in dead] == ["disconnect", None]
    assert [record.block for record in _answers(crawl, origin + "/dead")] == [_ok(b"song lai")]
    flaky = [record.block for record in _answers(crawl, origin + "/flaky")]
    assert flaky == [_ok(b"doi", start=b"HTTP/1.1 503 Ban"), _ok(b"xong")]


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_request_that_reached_nobody_is_recorded_as_unanswered(crawl: Crawled, origin: str) -> None:
    requests = crawl.of(origin + "/after-that", "request")
    answered = [record for record in requests if record.header("WARC-Concurrent-To")]
    assert [record.block for record in answered] == crawl.servers[origin].requests["/after-that"]
    assert all(metadata(record)["unanswered"] == "disconnect" for record in requests if record not in answered)
    assert [record.block for record in _answers(crawl, origin + "/after-that")] == [_ok(b"con")]


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_304_is_a_revisit_of_the_profile_for_it(crawl: Crawled, origin: str) -> None:
    (record,) = _answers(crawl, origin + "/not-modified")
    assert (record.type, record.header("WARC-Profile")) == ("revisit", NOT_MODIFIED)
    assert record.header("WARC-Truncated") is None


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", AGAIN)
def test_a_payload_that_is_kept_already_is_referred_to(crawl: Crawled, origin: str, path: str) -> None:
    (record,) = _answers(crawl, origin + path)
    assert (record.type, record.header("WARC-Profile")) == ("revisit", IDENTICAL)
    original = crawl.by_id[record.header("WARC-Refers-To") or ""]
    assert record.header("WARC-Refers-To-Target-URI") == original.url
    assert record.header("WARC-Refers-To-Date") == original.header("WARC-Date")
    assert record.header("WARC-Payload-Digest") == original.header("WARC-Payload-Digest")
    assert record.header("WARC-Truncated") == "length"
    assert record.block == AGAIN[path].sent.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def test_records_of_one_exchange_share_date_address_and_protocol(crawl: Crawled) -> None:
    for origin in ORIGINS:
        (request,) = crawl.of(origin + "/chunked", "request")
        (answer,) = _answers(crawl, origin + "/chunked")
        for name in ("WARC-Date", "WARC-IP-Address", "WARC-Protocol", "WARC-Warcinfo-ID", "WARC-Cipher-Suite"):
            assert request.header(name) == answer.header(name)
        assert answer.header("WARC-IP-Address") == "127.0.0.1"
        assert request.header("WARC-Concurrent-To") == answer.record_id


@pytest.mark.parametrize(
    ("origin", "protocols"),
    [
        (ORIGINS[0], ["http/1.1"]),
        (ORIGINS[1], ["http/1.1", "tls/1.3"]),
        (ORIGINS[2], ["http/1.1", "tls/1.2"]),
    ],
)
def test_what_is_spoken_is_said(crawl: Crawled, origin: str, protocols: list[str]) -> None:
    (record,) = _answers(crawl, origin + "/chunked")
    assert [value for name, value in record.headers if name == "WARC-Protocol"] == protocols
    (old,) = _answers(crawl, origin + "/until-close")
    assert old.header("WARC-Protocol") == "http/1.0"
    suite = record.header("WARC-Cipher-Suite")
    if origin.startswith("http://"):
        assert (suite, metadata(record).get("certificate_sha256")) == (None, None)
        return
    assert suite is not None
    assert suite.startswith("TLS_ECDHE_ECDSA_WITH_" if protocols[1] == "tls/1.2" else "TLS_")
    pem = certificate((origin.partition("://")[2],)).decode()
    der = ssl.PEM_cert_to_DER_cert("-----BEGIN CERTIFICATE-----" + pem.partition("-----BEGIN CERTIFICATE-----")[2])
    assert metadata(record)["certificate_sha256"] == hashlib.sha256(der).hexdigest()


def test_a_loop_held_up_while_connections_close_is_no_error(tmp_path: Path) -> None:
    with RawServer({path: WHOLE[path] for path in ("/robots.txt", "/plain")}) as server:
        environment = {
            **os.environ,
            "ARCHIVE_DIR": str(tmp_path),
            "ARCHIVE_CONNECT_TO": f"{HOSTS[0]}:80:127.0.0.1:{server.port}",
        }
        command = [sys.executable, "-c", _LATE + _CRAWL, json.dumps([[ORIGINS[0]], ["/plain"], []])]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
        )
    assert "closing 1 connections" in done.stdout
    assert "Spider closed (finished)" in done.stderr
    assert "Traceback" not in done.stderr, done.stderr
