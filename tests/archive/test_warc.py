from __future__ import annotations

import fcntl
import gzip
import mmap
import random
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import RFC_4122, UUID

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from archive.errors import StorageError, UsageError
from archive.members import walk_members
from archive.model import Exchange, RecordRef
from archive.press import compressor
from archive.records import new_id
from archive.revisit import metadata
from archive.warc import WarcOptions, WarcWriter, sha1_base32, warc_date
from tests.archive.writing import chunked

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


def _mapped(folder: Path, block: bytes) -> mmap.mmap:
    path = folder / "long"
    path.write_bytes(block)
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@pytest.mark.parametrize("size", [None, 70_000])
def test_a_long_body_in_a_file_is_written_like_one_in_memory(tmp_path: Path, size: int | None) -> None:
    body = random.Random(1).randbytes(3_000_000)
    response = chunked(body, size, b"X-Sum: 1\r\n") if size else b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\n" + body
    written = []
    for name, block in (("memory", response), ("file", _mapped(tmp_path, response))):
        writer = _writer(tmp_path / name)
        written.append(writer.write_exchange(_exchange(response=block)))  # type: ignore[arg-type]
        writer.close()
        record = list(walk_members(writer.closed_files[0]))[2][2]
        assert record.block == response
        assert record.header("WARC-Payload-Digest") == sha1_base32(body) == written[-1].digest
        assert record.header("WARC-Block-Digest") == sha1_base32(response)
    assert [one.message.status for one in written if one.message] == [200, 200]


def test_a_long_body_needs_little_memory(tmp_path: Path) -> None:
    size = 200_000_000
    program = f"""
import mmap, resource, sys
from pathlib import Path
from tests.archive.test_warc import _exchange, _writer
folder = Path(sys.argv[1])
with (folder / "long").open("wb") as file:
    file.write(b"HTTP/1.1 200 OK\\r\\nContent-Type: application/pdf\\r\\n\\r\\n")
    file.truncate({size})
with (folder / "long").open("rb") as file:
    block = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
now = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
limit = int(now.split()[1]) * 1024 + 30_000_000
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
writer = _writer(folder / "warc")
print(writer.write_exchange(_exchange(response=block)).response.length)
writer.close()
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100_000


@pytest.mark.parametrize("name", ["zlib-ng", "isal", "zlib", ""])
def test_compressors(tmp_path: Path, name: str) -> None:
    if name == "isal":
        pytest.importorskip("isal", reason="isal is optional and not installed here")
    writer = _writer(tmp_path, compressor=name)
    writer.write_exchange(_exchange())
    writer.close()
    assert [record.block for _, _, record in walk_members(writer.closed_files[0])][2] == RESPONSE


def test_a_compressor_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="zlib-ng, isal, zlib"):
        compressor("brotli")


def test_what_is_known_about_the_connection_is_said(tmp_path: Path) -> None:
    writer = _writer(tmp_path)
    writer.write_exchange(
        _exchange(
            cipher="TLS_AES_256_GCM_SHA384", certificate_sha256="ab" * 32, fidelity="reconstructed", beyond_body=7
        )
    )
    writer.write_exchange(_exchange(response=b"", truncated="time", fidelity="reconstructed"))
    writer.close()
    _, request, response, lonely = (record for _, _, record in walk_members(writer.closed_files[0]))
    assert response.header("WARC-Cipher-Suite") == "TLS_AES_256_GCM_SHA384"
    said = {"fidelity": "reconstructed", "certificate_sha256": "ab" * 32, "bytes_beyond_body": 7}
    assert metadata(response) == said
    assert metadata(request) == {"fidelity": "reconstructed"}
    assert metadata(lonely) == {"fidelity": "reconstructed", "unanswered": "time"}


@pytest.mark.skipif(sys.platform != "linux", reason="/proc counts calls")
def test_an_exchange_is_one_call_to_the_kernel(tmp_path: Path) -> None:
    def calls() -> int:
        return int(dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())["syscw"])

    writer = _writer(tmp_path, sync_seconds=3600, sync_records=10_000)
    writer.write_exchange(_exchange())
    before = calls()
    for number in range(200):
        writer.write_exchange(_exchange(f"https://a.vn/{number}"))
    assert calls() - before == 200
    writer.close()


def test_record_ids_are_random_uuids() -> None:
    ids = [UUID(new_id().removeprefix("<urn:uuid:").removesuffix(">")) for _ in range(5000)]
    assert len(set(ids)) == 5000
    assert {(one.version, one.variant) for one in ids} == {(4, RFC_4122)}
    bits = [format(one.int, "0128b") for one in ids]
    # But for the six that say version and variant, each is 1 about as often as 0.
    odd = [place for place, column in enumerate(zip(*bits, strict=True)) if not 2200 < column.count("1") < 2800]
    assert odd == [48, 49, 50, 51, 64, 65]


def test_a_full_disk_leaves_no_torn_exchange(tmp_path: Path) -> None:
    """A limit on the file's size is a disk that is full: exchanges before it stay whole, none is torn."""
    program = """
import resource, signal, sys
from pathlib import Path
from archive.errors import StorageError, UsageError
from tests.archive.test_warc import _exchange, _writer
import random
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))
writer = _writer(Path(sys.argv[1]))
body = random.Random(int(sys.argv[2])).randbytes(int(sys.argv[2]))
try:
    for number in range(1000):
        writer.write_exchange(_exchange(f"https://a.vn/{number}", b"HTTP/1.1 200 OK\\r\\n\\r\\n" + body))
except StorageError as error:
    print(number)
    assert "File too large" in str(error), error
"""
    for size in (300_000, 1_700_000):
        folder = tmp_path / str(size)
        command = [sys.executable, "-c", program, str(folder), str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
        assert done.returncode == 0, done.stderr
        (path,) = folder.iterdir()
        whole = [record.type for _, _, record in walk_members(path)]
        assert whole == ["warcinfo", *["request", "response"] * int(done.stdout)]


def test_an_exchange_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is short is still in memory when it fails, what is long is in the file."""
    writer = _writer(tmp_path)
    append = WarcWriter._append

    def failing(self: WarcWriter, headers: list[tuple[str, str]], *more: Any) -> RecordRef:
        ref = append(self, headers, *more)
        if ("WARC-Type", "response") in headers:
            raise KeyError("a bug")
        return ref

    for number, size in enumerate((100, 20_000_000, 100)):
        writer.write_exchange(_exchange(f"https://a.vn/{number}"))
        exchange = _exchange(response=RESPONSE + random.Random(1).randbytes(size))
        with monkeypatch.context() as patch:
            patch.setattr(WarcWriter, "_append", failing)
            with pytest.raises(KeyError):
                writer.write_exchange(exchange)
    writer.close()
    (path,) = writer.closed_files
    assert [record.type for _, _, record in walk_members(path)] == ["warcinfo", *["request", "response"] * 3]
    assert writer.bytes == path.stat().st_size
