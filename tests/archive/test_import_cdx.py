"""Captures that another archive lists, fetched from a server that speaks as theirs do."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest

from archive.access import Purge, Target, log_begin
from archive.errors import UsageError
from archive.importing.cdx_server import CdxServer, parse_listing
from archive.importing.http import Client, ServerError
from archive.importing.remote import RemoteImporter, RemoteResult
from archive.layout import DataFolder
from archive.members import walk_members
from archive.verify import verify
from tests.archive.foreign import ForeignWarc, records_of
from tests.archive.samples import FIRST_FETCH, HOST, PAGES, PORTAL, PlainExtractor, SamplePage
from tests.conftest import read_rows

Dialect = Literal["wayback", "wayback without pages", "commoncrawl", "pywb"]
DIALECTS: tuple[Dialect, ...] = ("wayback", "wayback without pages", "commoncrawl", "pywb")
HELD = [*PAGES, SamplePage(0, "Thời sự", "", ())]


@dataclass
class Archive:
    """Another archive: its captures, how it speaks, how it refuses, and what it was asked."""

    dialect: Dialect
    pages: Sequence[SamplePage]
    asked: list[str] = field(default_factory=list)
    refuse: list[int] = field(default_factory=list)
    robots: str = ""
    base: str = ""

    def __post_init__(self) -> None:
        warc = ForeignWarc("commoncrawl")
        for number, page in enumerate(self.pages):
            warc.page(page, number)
        self.warc = b""
        self.captures: list[dict[str, str]] = []
        responses = iter(enumerate(self.pages))
        for record in records_of(warc.data):
            member = gzip.compress(record)
            if b"WARC-Type: response" in record:
                number, page = next(responses)
                self.captures.append(self._capture(page, number, len(self.warc), len(member)))
            self.warc += member

    @staticmethod
    def _capture(page: SamplePage, number: int, offset: int, length: int) -> dict[str, str]:
        stamp = (FIRST_FETCH + timedelta(seconds=number)).strftime("%Y%m%d%H%M%S")
        place = {"offset": str(offset), "length": str(length), "filename": "crawl-data/a.warc.gz"}
        said = {"url": page.url, "mime": "text/html", "status": page.status[:3], "digest": f"D{number}" * 8}
        return {"urlkey": f"vn,baocaobang)/{number}", "timestamp": stamp, **said, **place}

    def cdx(self, query: dict[str, str]) -> tuple[int, str]:
        """The answer to a question about captures."""
        listed = [one for one in self.captures if query.get("from", "") <= one["timestamp"][:8] <= query.get("to", "9")]
        if self.dialect == "pywb":
            return 200, "".join(json.dumps(one) + "\n" for one in listed)
        if "showNumPages" in query and self.dialect != "wayback without pages":
            count = (len(listed) + 1) // 2
            return 200, json.dumps({"pages": count, "pageSize": 5} if self.dialect == "commoncrawl" else count)
        if "showNumPages" in query:
            return 400, "unknown parameter"
        if self.dialect == "wayback without pages":
            start, size = int(query.get("resumeKey", "0")), 3
            key = [[], [str(start + size)]] if start + size < len(listed) else []
            return 200, json.dumps([*self._arrays(listed[start : start + size]), *key])
        page = int(query["page"])
        listed = listed[2 * page : 2 * page + 2]
        if self.dialect == "commoncrawl":
            return (200, "".join(json.dumps(one) + "\n" for one in listed)) if listed else (404, "no captures")
        return 200, json.dumps(self._arrays(listed))

    @staticmethod
    def _arrays(listed: list[dict[str, str]]) -> list[list[str]]:
        names = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
        keys = ["urlkey", "timestamp", "url", "mime", "status", "digest", "length"]
        return [names, *([one[key] for key in keys] for one in listed)] if listed else []

    def replay(self, stamp: str, url: str) -> tuple[int, list[tuple[str, str]], bytes]:
        """A capture as it was, headers renamed as the Wayback Machine does."""
        for one, page in zip(self.captures, self.pages, strict=True):
            if (one["timestamp"], one["url"]) == (stamp, url):
                own = [("Memento-Datetime", "now"), ("X-Archive-Orig-Server", "nginx/1.24")]
                kept = [("Content-Type", "text/html"), ("X-Archive-Orig-Content-Type", "text/html; charset=utf-8")]
                return int(page.status[:3]), [*own, *kept], page.body
        return 404, [], b"not archived"


class Handler(BaseHTTPRequestHandler):
    """Routes a request to the archive of its server."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        archive: Archive = self.server.archive  # type: ignore[attr-defined]
        archive.asked.append(self.path)
        parts = urlsplit(self.path)
        if parts.path == "/robots.txt":
            self._send(200 if archive.robots else 404, [], archive.robots.encode())
        elif archive.refuse:
            self._send(archive.refuse.pop(0), [("Retry-After", "7")], b"busy")
        elif parts.path.startswith("/cdx"):
            status, text = archive.cdx({key: values[0] for key, values in parse_qs(parts.query).items()})
            self._send(status, [("Content-Type", "text/plain")], text.encode())
        elif parts.path.startswith("/web/"):
            stamp, _, url = self.path.removeprefix("/web/").partition("id_/")
            self._send(*archive.replay(stamp, url))
        else:
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            self._send(206, [], archive.warc[int(first) : int(last) + 1])

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


@contextmanager
def serving(archive: Archive) -> Iterator[Archive]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.archive = archive  # type: ignore[attr-defined]
    archive.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield archive
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fetch(
    archive: Archive,
    folder: DataFolder,
    since: date | None = None,
    until: date | None = None,
    waits: list[float] | None = None,
) -> RemoteResult:
    warcs = f"{archive.base}/" if archive.dialect == "commoncrawl" else None
    replay = None if warcs else f"{archive.base}/web/"
    client = Client(None, 0.5, sleep=(waits if waits is not None else []).append)
    server = CdxServer.at(f"{archive.base}/cdx", replay, warcs)
    return RemoteImporter(folder, PlainExtractor(), server, PORTAL, client).run(None, until)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_gives_the_articles_with_their_dates(dialect: Dialect, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with serving(Archive(dialect, HELD)) as archive:
        result = fetch(archive, folder)
    assert (result.listed, result.fetched, result.missing) == (4, 4, [])
    assert result.rows.articles_new == 3
    rows = {row["url"]: row for row in read_rows(folder.path, "captures")}
    assert {row["fidelity"] for row in rows.values()} == {"reconstructed"}
    assert {row["discovered_via"] for row in rows.values()} == {f"cdx:{archive.base}/cdx"}
    for number, page in enumerate(HELD):
        assert rows[page.url]["fetch_time"] == (FIRST_FETCH + timedelta(seconds=number)).replace(microsecond=0)
    articles = {row["native_id"]: row for row in read_rows(folder.path, "articles")}
    assert articles["3161421"]["title"] == PAGES[0].title
    assert verify(folder, PlainExtractor(), jobs=1).clean


def test_records_say_that_they_are_reconstructed_and_headers_have_their_old_names(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with serving(Archive("wayback", HELD[:1])) as archive:
        fetch(archive, folder)
    (path,) = folder.warc_files()
    info, request, response = (record for _, _, record in walk_members(path))
    assert f"source: {archive.base}/cdx" in info.block.decode()
    for record in (request, response):
        assert json.loads(record.header("WARC-JSON-Metadata") or "")["fidelity"] == "reconstructed"
    head, _, body = response.block.partition(b"\r\n\r\n")
    assert body == HELD[0].body
    assert head.decode().split("\r\n") == [
        "HTTP/1.1 200 OK",
        "Server: nginx/1.24",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
    ]


def test_what_was_taken_down_is_not_fetched(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    down = Purge("1", Target.of(PAGES[0].url), "delete", "Theo bản án.", "x", "2026-11-21T00:00:00Z")
    log_begin(folder, down, forget=True)
    with serving(Archive("wayback", HELD)) as archive:
        result = fetch(archive, folder)
    assert (result.fetched, result.passed) == (3, {"taken down": 1})
    assert not any(PAGES[0].url in path for path in archive.asked)


def test_run_again_it_fetches_only_what_is_missing(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with serving(Archive("wayback", HELD)) as archive:
        assert fetch(archive, folder, until=date(2024, 1, 4)).listed == 0
        archive.captures, kept = archive.captures[:2], archive.captures
        archive.pages = HELD[:2]
        assert fetch(archive, folder).fetched == 2
        archive.captures, archive.pages = kept, HELD
        archive.asked.clear()
        result = fetch(archive, folder)
    assert (result.fetched, result.passed) == (2, {"in the archive": 2})
    assert len([path for path in archive.asked if path.startswith("/web/")]) == 2
    assert len(read_rows(folder.path, "captures")) == 4


def test_what_was_fetched_stays_when_the_server_gives_up(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    waits: list[float] = []
    with serving(Archive("wayback", HELD)) as archive:
        original = archive.replay

        def failing(stamp: str, url: str) -> tuple[int, list[tuple[str, str]], bytes]:
            return (503, [], b"") if url == HELD[2].url else original(stamp, url)

        archive.replay = failing  # type: ignore[method-assign]
        with pytest.raises(ServerError, match="503"):
            fetch(archive, folder, waits=waits)
        assert len(read_rows(folder.path, "articles")) == 2
        archive.replay = original  # type: ignore[method-assign]
        assert fetch(archive, folder).fetched == 2
    assert len(read_rows(folder.path, "articles")) == 3
    assert not list((folder.state / "runs").glob("*"))


def test_it_is_slow_waits_as_told_and_obeys_robots(tmp_path: Path) -> None:
    waits: list[float] = []
    with serving(Archive("pywb", HELD[:2], refuse=[429, 503])) as archive:
        fetch(archive, DataFolder(tmp_path / "data"), waits=waits)
        assert waits.count(7.0) == 2
        assert sum(0.4 < wait <= 0.5 for wait in waits) >= len(archive.asked) - 1
        archive.robots = "User-agent: *\nDisallow: /cdx\n"
        with pytest.raises(ServerError, match=r"robots\.txt"):
            fetch(archive, DataFolder(tmp_path / "other"))


def test_strangers_are_told_who_calls() -> None:
    with pytest.raises(UsageError, match="ARCHIVE_CONTACT"):
        Client(None).get("https://web.archive.org/cdx/search/cdx")
    with pytest.raises(UsageError, match="where are its captures"):
        CdxServer.at("https://example.org/list")
    assert CdxServer.at("https://web.archive.org/cdx/search/cdx").replay == "https://web.archive.org/web/"
    assert CdxServer.at("http://127.0.0.1:8091/archive/cdx").replay == "http://127.0.0.1:8091/archive/"
    common = CdxServer.at("https://index.commoncrawl.org/CC-MAIN-2024-10-index")
    assert common.warcs == "https://data.commoncrawl.org/"


LINE = f"vn,baocaobang)/thoi-su 20240105020003 {HOST}/Thoi-su text/html 200 ABC 1234"


@pytest.mark.parametrize(
    ("body", "urls", "key"),
    [
        (LINE + "\n", 1, None),
        (LINE + "\n\nkey+1\n", 1, "key+1"),
        (f'vn,x)/ 20240105020003 {{"url": "{HOST}/", "status": "-"}}\n', 1, None),
        (f"{LINE}\nvn,broken line\n", 1, None),
        ("vn,x)/ 20241399000000 http://a.vn/ text/html 200 A 1\n" + LINE, 1, None),
        ("[]", 0, None),
        ("", 0, None),
    ],
)
def test_listings_are_read_in_every_form(body: str, urls: int, key: str | None) -> None:
    listed = parse_listing(body.encode())
    assert listed is not None
    assert (len(listed[0]), listed[1]) == (urls, key)


@pytest.mark.parametrize("body", ["<html>502 Bad Gateway</html>", "[1", '{"message": "no"}'])
def test_what_is_no_listing_is_called_so(body: str) -> None:
    assert parse_listing(body.encode()) is None
