from __future__ import annotations

import fcntl
import gzip
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from archive.errors import StorageError
from archive.members import walk_members
from archive.model import Exchange
from archive.warc import WarcOptions, WarcWriter, sha1_base32, warc_date

MOMENT = datetime(2026, 11, 21, 3, 4, 5, 678901, tzinfo=UTC)
BODY = "<html><body><p>Chiều 6/7, HĐND tỉnh họp.</p></body></html>".encode()
RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nX-A: 1\r\nx-a: 2\r\n\r\n" + BODY


def _exchange(url: str = "https://baocaobang.vn/a-1234.html", response: bytes = RESPONSE, **more: object) -> Exchange:
    request = f"GET {url} HTTP/1.1\r\nHost: baocaobang.vn\r\n\r\n".encode()
    return Exchange(url, MOMENT, request, response, **more)  # type: ignore[arg-type]


def _writer(folder: Path, **options: object) -> WarcWriter:
    info = {"software": "baotinh", "operator": "kho.luu.tru@example.org"}
    return WarcWriter(folder, "baocaobang", info, "abc123", WarcOptions(**options))  # type: ignore[arg-type]


def test_records_are_read_alike_by_warcio_and_fastwarc(tmp_path: Path) -> None:
    writer = _writer(tmp_path)
    written = writer.write_exchange(
        _exchange(ip="127.0.0.1", protocols=("http/1.1", "tls/1.3"), via="section:/Thoi-su")
    )
    writer.close()
    (path,) = writer.closed_files
    assert re.fullmatch(r"baocaobang-\d{17}-00000-[A-Za-z0-9.]+-abc123\.warc\.gz", path.name)
    with path.open("rb") as file:
        records = [
            (r.rec_type, r.rec_headers, r.raw_stream.read()) for r in ArchiveIterator(file, no_record_parse=True)
        ]
    assert [kind for kind, _, _ in records] == ["warcinfo", "request", "response"]
    _, headers, block = records[2]
    assert block == RESPONSE
    assert headers.get_header("WARC-Date") == "2026-11-21T03:04:05.678901Z" == warc_date(MOMENT)
    assert headers.get_header("WARC-Payload-Digest") == sha1_base32(BODY) == written.digest
    assert headers.get_header("WARC-Block-Digest") == sha1_base32(RESPONSE)
    assert headers.get_header("WARC-Concurrent-To") == records[1][1].get_header("WARC-Record-ID")
    assert [v for k, v in headers.headers if k == "WARC-Protocol"] == ["http/1.1", "tls/1.3"]
    assert '"section:/Thoi-su"' in records[1][1].get_header("WARC-JSON-Metadata")
    with path.open("rb") as file:
        assert [record.verify_block_digest() for record in FastIterator(file, parse_http=False)] == [True, True, True]


def test_references_lead_to_their_records(tmp_path: Path) -> None:
    writer = _writer(tmp_path)
    written = [writer.write_exchange(_exchange(f"https://a.vn/{n}")) for n in range(5)]
    writer.close()
    members = {offset: (length, record.record_id) for offset, length, record in walk_members(writer.closed_files[0])}
    for exchange in written:
        assert exchange.response is not None
        for ref in (exchange.request, exchange.response):
            assert members[ref.offset] == (ref.length, ref.record_id)
            raw = (tmp_path / ref.warc_filename).read_bytes()[ref.offset : ref.offset + ref.length]
            assert gzip.decompress(raw).startswith(b"WARC/1.1\r\n")


def test_an_open_file_is_marked_locked_and_complete_up_to_the_last_exchange(tmp_path: Path) -> None:
    writer = _writer(tmp_path)
    writer.write_exchange(_exchange())
    (path,) = tmp_path.iterdir()
    assert path.name.endswith(".warc.gz.open")
    assert len(list(walk_members(path))) == 3
    with path.open("rb") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    writer.close()
    assert not path.exists()


def test_files_rotate_by_size_and_by_age(tmp_path: Path) -> None:
    writer = _writer(tmp_path, max_bytes=1)
    for n in range(3):
        if writer.must_rotate:
            writer.rotate()
        writer.write_exchange(_exchange(f"https://a.vn/{n}"))
    writer.close()
    assert [path.name.split("-")[2] for path in writer.closed_files] == ["00000", "00001", "00002"]
    aged = _writer(tmp_path / "b", max_seconds=0)
    aged.write_exchange(_exchange())
    assert aged.must_rotate
    aged.close()


def test_no_answer_leaves_a_request_alone(tmp_path: Path) -> None:
    writer = _writer(tmp_path)
    written = writer.write_exchange(_exchange(response=b"", truncated="disconnect"))
    writer.close()
    assert (written.response, written.message, written.digest) == (None, None, None)
    kinds = [record.type for _, _, record in walk_members(writer.closed_files[0])]
    assert kinds == ["warcinfo", "request"]


def test_a_hostile_address_writes_no_header_of_its_own(tmp_path: Path) -> None:
    writer = _writer(tmp_path)
    writer.write_exchange(_exchange("https://a.vn/x\r\nWARC-Type: evil\r\n\r\n"))
    writer.close()
    record = list(walk_members(writer.closed_files[0]))[2][2]
    assert record.type == "response"
    assert [name for name, _ in record.headers].count("WARC-Type") == 1


def test_a_refusing_disk_names_file_and_place(tmp_path: Path) -> None:
    (tmp_path / "warc").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="warc"):
        _writer(tmp_path / "warc").write_exchange(_exchange())


def test_compressed_bodies_are_not_pressed_again(tmp_path: Path) -> None:
    pressed = gzip.compress(BODY * 300)
    response = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + pressed
    writer = _writer(tmp_path)
    written = writer.write_exchange(_exchange(response=response))
    writer.close()
    assert written.response is not None
    assert written.response.length < len(response) + 700
    assert list(walk_members(writer.closed_files[0]))[2][2].block == response
