"""pywb replays the archive: ten pages of every kind, with the status and the body they had."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from archive.errors import StorageError, UsageError
from archive.layout import DataFolder
from archive.model import Exchange, Extraction
from archive.replay import configure, find_pywb
from archive.store import ArchiveRun
from tests.acceptance.crawling import ROOT
from tests.archive.samples import FACTS, FIRST_FETCH, HOST, PAGES, RUN

PYWB = ROOT / ".venv-replay" / "bin" / "wayback"
BODY = PAGES[0].body + b"<!-- " + b"Cao B\xe1\xba\xb1ng " * 200 + b"-->"


@dataclass(frozen=True)
class Sample:
    """An answer as it crossed the wire, and the status and body that a reader must get."""

    path: str
    wire: bytes
    status: int
    body: bytes


def message(status: str, *headers: str, body: bytes = b"", version: str = "1.1") -> bytes:
    lines = [f"HTTP/{version} {status}", "Content-Type: text/html; charset=utf-8", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def chunked(body: bytes) -> bytes:
    parts = (body[at : at + 1000] for at in range(0, len(body), 1000))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


PACKED = gzip.compress(BODY, mtime=0)
ZIPPED, CHUNKED, KEPT = "Content-Encoding: gzip", "Transfer-Encoding: chunked", f"Content-Length: {len(BODY)}"
SAMPLES = (
    Sample("/thuong.html", message("200 OK", KEPT, body=BODY), 200, BODY),
    Sample("/chunked-gzip.html", message("200 OK", ZIPPED, CHUNKED, body=chunked(PACKED)), 200, BODY),
    Sample("/chunked.html", message("200 OK", CHUNKED, body=chunked(BODY + b"2")), 200, BODY + b"2"),
    Sample("/gzip.html", message("200 OK", ZIPPED, f"Content-Length: {len(PACKED)}", body=PACKED), 200, BODY),
    Sample("/until-close.html", message("200 OK", body=BODY + b"3", version="1.0"), 200, BODY + b"3"),
    Sample(
        "/cu.html", message("301 Moved Permanently", f"Location: {HOST}/thuong.html", "Content-Length: 0"), 301, b""
    ),
    Sample("/khong-co.html", message("404 Not Found", "Content-Length: 9", body=b"Not found"), 404, b"Not found"),
    Sample("/loi.html", message("500 Internal Server Error", "Content-Length: 5", body=b"Error"), 500, b"Error"),
    Sample("/lap-lai.html", message("200 OK", KEPT, body=BODY), 200, BODY),
    Sample("/tim-kiem?q=cao+b%E1%BA%B1ng&trang=2", message("200 OK", "Content-Length: 2", body=b"ok"), 200, b"ok"),
)


def no_page(url: str, response: bytes, fetched: object) -> Extraction:
    raise AssertionError("these pages are no articles")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = DataFolder(tmp_path_factory.mktemp("replay") / "data")
    run = ArchiveRun(folder, FACTS, RUN, {"software": "test"}, lambda url: False, no_page)
    for number, sample in enumerate(SAMPLES):
        if sample.path == "/lap-lai.html":
            # What was written before must be on the disk before a revisit may refer to it.
            run.commit()
        request = f"GET {sample.path} HTTP/1.1\r\nHost: baocaobang.vn\r\n\r\n".encode()
        run.record(Exchange(HOST + sample.path, FIRST_FETCH + timedelta(minutes=number), request, sample.wire))
    run.close()
    return folder


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def address(folder: DataFolder) -> Iterator[str]:
    """``baotinh replay`` as a user starts it, ended as a service manager ends it."""
    if not PYWB.is_file():
        pytest.skip("pywb is not set up; `make replay` does it")
    command = [sys.executable, "-m", "archive.cli", "--data", str(folder.path), "replay", "--json", "--port"]
    with subprocess.Popen([*command, str(free_port())], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield json.loads(server.stdout.readline())["address"]
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(30) == 0


def get(address: str, sample: Sample) -> tuple[int, dict[str, str], bytes]:
    """The capture as it was (``id_``), its content coding undone as a browser does."""
    stamp = (FIRST_FETCH + timedelta(minutes=SAMPLES.index(sample))).strftime("%Y%m%d%H%M%S")
    base = re.match(r"http://(127\.0\.0\.1:\d+)(/.*)", address)
    assert base is not None
    connection = http.client.HTTPConnection(base[1], timeout=30)
    path = f"{base[2]}{stamp}id_/{HOST}{sample.path}"
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    body = answer.read()
    connection.close()
    return answer.status, headers, gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body


@pytest.mark.long
@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.path for sample in SAMPLES])
def test_a_page_is_replayed_as_it_was(sample: Sample, address: str) -> None:
    status, headers, body = get(address, sample)
    assert (status, len(body)) == (sample.status, len(sample.body))
    assert body == sample.body
    if status == 301:
        assert headers["location"] == f"{HOST}/thuong.html"


def test_the_samples_hold_a_revisit(folder: DataFolder) -> None:
    index = (folder.cdx / "index.cdxj").read_text().splitlines()
    assert len(index) == len(SAMPLES)
    assert sum('"warc/revisit"' in line for line in index) >= 1


def test_the_configuration_names_index_and_files(folder: DataFolder) -> None:
    home = configure(folder)
    said = json.loads((home / "config.yaml").read_text())["collections"]["archive"]
    assert Path(said["index_paths"]).read_text()
    assert Path(said["archive_paths"]) == folder.warc.resolve()


def test_what_is_missing_is_named(folder: DataFolder, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make replay"):
        find_pywb(tmp_path)
    with pytest.raises(StorageError, match="does not exist"):
        configure(DataFolder(tmp_path / "none"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="nothing to replay"):
        configure(DataFolder(tmp_path / "empty"))


def test_a_port_that_is_taken_is_a_usage_error(folder: DataFolder) -> None:
    if not PYWB.is_file():
        pytest.skip("pywb is not set up; `make replay` does it")
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "archive.cli", "--data", str(folder.path), "replay", "--port"]
        port = str(taken.getsockname()[1])
        done = subprocess.run([*command, port], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--port" in done.stderr
