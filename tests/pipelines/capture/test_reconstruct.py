"""What another download handler fetched: kept, and said to be put together again."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archive.httpmessage import decode_content, parse_response
from archive.members import Record, walk_members
from archive.revisit import metadata
from tests.conftest import ROOT, read_rows
from tests.pipelines.capture.rawserver import RawServer, Script

BODY = ("<html><body>" + "Chợ phiên Bắc Hà họp vào sáng chủ nhật hằng tuần. " * 30 + "</body></html>").encode()
PRESSED = gzip.compress(BODY, mtime=0)
HEAD = b"HTTP/1.1 200 Tot\r\ncontent-type: text/html; charset=utf-8\r\n"
SCRIPTS = {
    "/robots.txt": Script((b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",)),
    "/plain": Script((HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY,)),
    "/chunked": Script((HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n",)),
    "/gzip": Script((HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PRESSED) + PRESSED,)),
    "/moved?a=1": Script((b"HTTP/1.1 301 Di\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n",)),
    "/target": Script((HEAD + b"Content-Length: 2\r\n\r\nab",)),
    "/until-close": Script((b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + BODY,), close=True),
}
STARTS = [path for path in SCRIPTS if path not in ("/robots.txt", "/target")]

_CRAWL = """
import json, sys
from scrapy.crawler import CrawlerProcess
from scrapy.http import Request
from scrapy.utils.project import get_project_settings
from scrapers.cms.nukeviet import NukeViet

class Raw(NukeViet):
    name, domain, desk, scheme = "raw", sys.argv[1].partition("://")[2], "raw", "http"
    async def start(self):
        for path in json.loads(sys.argv[2]):
            yield Request(sys.argv[1] + path, self.ignore, errback=self.failed, meta={"via": "test"})
    def ignore(self, response):
        return None

settings = get_project_settings()
plain = "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"
settings.setdict({"DOWNLOAD_DELAY": 0, "RETRY_TIMES": 0, "DOWNLOAD_HANDLERS": {"http": plain}}, 40)
process = CrawlerProcess(settings)
process.crawl(Raw)
process.start()
"""


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Record]]:
    data = tmp_path_factory.mktemp("reconstructed")
    with RawServer(SCRIPTS) as server:
        command = [sys.executable, "-c", _CRAWL, f"http://127.0.0.1:{server.port}", json.dumps(STARTS)]
        environment = {**os.environ, "ARCHIVE_DIR": str(data)}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True
        )
        assert "Traceback" not in done.stderr, done.stderr
    (warc,) = (data / "warc").glob("*.warc.gz")
    return data, [record for _, _, record in walk_members(warc)]


def _one(records: list[Record], path: str, kind: str) -> Record:
    return next(one for one in records if one.type == kind and one.url and one.url.endswith(path))


def test_every_record_says_what_it_is(crawl: tuple[Path, list[Record]]) -> None:
    data, records = crawl
    exchanged = [record for record in records if record.type not in ("warcinfo", "metadata")]
    assert len(exchanged) >= 2 * len(SCRIPTS)
    assert {metadata(record).get("fidelity") for record in exchanged} == {"reconstructed"}
    assert {row["fidelity"] for row in read_rows(data, "captures")} == {"reconstructed"}
    assert {row["discovered_via"] for row in read_rows(data, "captures")} == {"test", "robots"}


@pytest.mark.parametrize("path", ["/plain", "/chunked", "/gzip", "/until-close"])
def test_the_page_can_be_read_from_the_record(crawl: tuple[Path, list[Record]], path: str) -> None:
    message = parse_response(_one(crawl[1], path, "response").block)
    assert message is not None
    assert message.status == 200
    assert decode_content(message.payload, message.tokens("Content-Encoding")) == BODY
    assert message.header("Content-Length") == str(len(message.raw_body))
    assert message.header("Transfer-Encoding") is None
    request = _one(crawl[1], path, "request").block
    assert request.startswith(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1".encode())


def test_a_redirect_and_where_it_leads_are_both_kept(crawl: tuple[Path, list[Record]]) -> None:
    data, records = crawl
    assert _one(records, "/moved?a=1", "request").block.startswith(b"GET /moved?a=1 HTTP/1.1\r\n")
    rows = {row["url_path"]: row for row in read_rows(data, "captures")}
    assert (rows["/moved"]["outcome"], rows["/moved"]["fetch_redirect"]) == ("redirect", "/target")
    assert (rows["/target"]["outcome"], rows["/target"]["fidelity"]) == ("listing", "reconstructed")
