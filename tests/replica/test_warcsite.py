"""A WARC as a live site: a real NukeViet mirror by GNU wget, and one made here."""

from __future__ import annotations

import gzip
import uuid
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.replica.client import connected
from tests.replica.server import ReplicaServer
from tests.replica.warcsite import WarcSite

REAL = Path(__file__).parents[3] / "shared" / "real" / "council-portal-nukeviet45.warc.gz"
CHUNKS = b"3;x=1\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
HOST = "hdnd.caobang.gov.vn"


def write(path: Path, *records: tuple[str, str, list[tuple[str, str]], bytes]) -> None:
    """Write response records: address, status line, headers, body as on the wire."""
    with path.open("wb") as file:
        for uri, status, headers, body in records:
            lines = (f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "", "")
            block = "\r\n".join(lines).encode() + body
            head = (
                f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2026-11-21T21:33:13Z\r\n"
                f"WARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\nContent-Type: application/http;msgtype=response\r\n"
                f"Content-Length: {len(block)}\r\n\r\n"
            )
            file.write(gzip.compress(head.encode() + block + b"\r\n\r\n"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.warc.gz"
    write(
        path,
        ("<http://x.example/a>", "500 Oops", [("Content-Type", "text/plain")], b"broken"),
        ("http://x.example/a", "200 OK", [("Content-type", "text/plain"), ("Connection", "close")], b"whole"),
        ("https://x.example/a?b=1#c", "200 OK", [("Transfer-Encoding", "chunked")], CHUNKS),
        ("http://x.example/old", "301 Moved", [("Location", "/a"), ("X-A", "1"), ("X-A", "2")], b""),
        ("http://other.example/a", "200 OK", [], b"not ours"),
    )  # fmt: skip
    return path


def test_records_are_served_by_exact_address(small: Path) -> None:
    site = WarcSite(small, "x.example")
    assert site.targets == ("/a", "/a?b=1", "/old")
    with ReplicaServer([site]) as server, connected(server, "x.example") as connection:
        whole = connection.ask("x.example", "/a", Accept_Encoding="gzip")
        assert (whole.status, whole.body, whole.header("Connection")) == (200, b"whole", "keep-alive")
        assert ("Content-type", "text/plain") in whole.headers
        assert connection.ask("x.example", "/a?b=1").body == b"abcde"
        moved = connection.ask("x.example", "/old")
        assert [pair for pair in moved.headers if pair[0] in ("X-A", "Location")] == [
            ("Location", "/a"),
            ("X-A", "1"),
            ("X-A", "2"),
        ]
        assert connection.ask("x.example", "/a?b=2").status == 404


@pytest.mark.skipif(not REAL.exists(), reason="the real mirror is not at ../shared/real")
def test_the_real_mirror_is_served_byte_for_byte() -> None:
    recorded: dict[str, bytes] = {}
    with REAL.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "response" and record.http_headers.get_statuscode() == "200":
                uri = record.rec_headers.get_header("WARC-Target-URI").strip("<>")
                recorded.setdefault(uri.removeprefix(f"http://{HOST}"), record.content_stream().read())
    site = WarcSite(REAL, HOST)
    assert len(site.targets) > 180
    with ReplicaServer([site]) as server:
        for target, body in list(recorded.items())[::3]:
            with connected(server, HOST, "http") as connection:
                received = connection.ask(HOST, target)
            assert (received.status, received.body) == (200, body)
