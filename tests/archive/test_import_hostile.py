"""What strangers may send: refused, or bounded in time and memory, and the place is named."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import DamagedFile
from archive.httpmessage import parse_response
from archive.importing import read as import_read
from archive.importing.files import bring, is_whole
from archive.importing.names import origin_of
from archive.importing.read import MAX_HEAD, RecordReader
from archive.importing.record import Maker, fidelity_of
from archive.layout import DataFolder
from archive.members import MAX_RECORD, walk_members
from archive.warc import gzip_member
from tests.archive.foreign import foreign_warc, records_of
from tests.archive.test_import import bring_in, write

ID = b"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
DATE = b"WARC-Date: 2024-01-05T02:00:00Z\r\n"
URL = b"WARC-Target-URI: http://baocaobang.vn/\r\n"
TYPE = b"WARC-Type: response\r\n"


def record(*fields: bytes, block: bytes = b"abc") -> bytes:
    return b"WARC/1.0\r\n" + b"".join(fields) + b"\r\n" + block + b"\r\n\r\n"


GOOD = record(TYPE, ID, DATE, URL, b"Content-Length: 3\r\n")
SECOND = len(GOOD)
HOSTILE: dict[str, tuple[bytes, str, int | None]] = {
    "missing length": (record(TYPE, ID, DATE, URL), "content-length", 0),
    "negative length": (record(TYPE, ID, DATE, URL, b"Content-Length: -3\r\n"), "Content-Length", 0),
    "length with words": (record(TYPE, ID, DATE, URL, b"Content-Length: 1_000\r\n"), "Content-Length", 0),
    "length in other digits": (record(TYPE, ID, DATE, URL, "Content-Length: ٣\r\n".encode()), "Content-Length", 0),
    "huge length": (GOOD + record(TYPE, ID, DATE, URL, b"Content-Length: 99999999999999\r\n"), "any record", SECOND),
    "length beyond the end": (GOOD + record(TYPE, ID, DATE, URL, b"Content-Length: 9000000\r\n"), "cut short", SECOND),
    "length too short": (record(TYPE, ID, DATE, URL, b"Content-Length: 1\r\n"), "no WARC record begins", len(GOOD) - 6),
    "no id": (record(TYPE, DATE, URL, b"Content-Length: 3\r\n"), "warc-record-id", 0),
    "no time": (record(TYPE, ID, b"WARC-Date: soon\r\n", URL, b"Content-Length: 3\r\n"), "WARC-Date", 0),
    "endless header lines": (b"WARC/1.0\r\n" + b"X: y\r\n" * 200_000, "head of more than", 0),
    "endless header line": (b"WARC/1.0\r\nX: " + b"y" * 2_000_000, "head of more than", 0),
    "endless blank lines": (GOOD + b"\r\n" * 500_000, "line ends", None),
    "cut inside a head": (GOOD + b"WARC/1.0\r\nWARC-Ty", "inside a record head", len(GOOD)),
    "no WARC": (b"<!DOCTYPE html><html><body>404</body></html>", "no WARC record begins", 0),
    "nothing": (b"", "no WARC record", 0),
}


@pytest.mark.parametrize("packed", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("name", HOSTILE)
def test_is_refused_and_the_place_is_named(name: str, packed: str, tmp_path: Path) -> None:
    data, said, place = HOSTILE[name]
    if packed != "plain":
        data = gzip.compress(data) if packed == "gzip" else zstd.compress(data)
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(DamagedFile, match=said) as caught:
        bring_in(folder, write(tmp_path / "x.warc.gz", data))
    assert str(caught.value).startswith("x.warc.gz: at byte ")
    if place is not None:
        assert abs(caught.value.offset - place) <= 2
    assert folder.warc_files() == []
    assert not list((folder.state / "import").iterdir())


def test_gzip_in_gzip_is_refused(tmp_path: Path) -> None:
    twice = gzip.compress(foreign_warc("wget"))
    with pytest.raises(DamagedFile, match="compressed data inside compressed data"):
        bring_in(DataFolder(tmp_path / "data"), write(tmp_path / "x.warc.gz", twice))


@pytest.mark.parametrize("members", [True, False])
def test_a_bomb_is_refused_before_it_has_gone_off(members: bool, tmp_path: Path) -> None:
    """Some 700 KB that hold 700 MB of records; memory stays at one record."""
    size = 60_000_000
    one = record(TYPE, ID, DATE, URL, b"Content-Length: %d\r\n" % size, block=bytes(size))
    source = tmp_path / "bomb.warc.gz"
    if members:
        source.write_bytes(gzip_member(one, 9) * 12)
    else:
        engine = zlib.compressobj(9, zlib.DEFLATED, 31)
        source.write_bytes(b"".join([engine.compress(one) for _ in range(12)]) + engine.flush())
    folder = DataFolder(tmp_path / "data")
    tracemalloc.start()
    try:
        with pytest.raises(DamagedFile, match="inflates more than"):
            bring_in(folder, source)
        assert tracemalloc.get_traced_memory()[1] < 6 * size
    finally:
        tracemalloc.stop()
    assert folder.warc_files() == []


def test_a_record_too_large_is_left_out_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_read, "MAX_RECORD", 100_000)
    video = b"\x00\x01\x02\x03" * 50_000
    where = b"WARC-Target-URI: http://baocaobang.vn/video.mp4\r\n"
    large = record(TYPE, ID, DATE, where, b"Content-Length: 200000\r\n", block=video)
    data = b"".join([*records_of(foreign_warc("wget")), large])
    (result,) = bring_in(DataFolder(tmp_path / "data"), write(tmp_path / "x.warc", data))
    assert result.left_out == [("http://baocaobang.vn/video.mp4", 200_000)]
    assert result.rows.articles_new == 3
    assert MAX_RECORD > 100_000


LEADS_OUT = ("../../etc/x.warc.gz", "/tmp/x.warc.gz", "archive/../../x.warc.gz", "..\\x.warc.gz", "C:\\x.warc.gz")


@pytest.mark.parametrize("name", LEADS_OUT)
def test_names_that_lead_out_of_a_wacz_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/a.warc.gz", foreign_warc("wget"))
        archive.writestr(name, foreign_warc("wget"))
    with pytest.raises(DamagedFile, match="leads out"):
        bring_in(DataFolder(tmp_path / "data"), path)
    assert {one.name for one in tmp_path.iterdir()} == {"x.wacz", "data"}


def test_a_zip_bomb_and_broken_zips_are_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.wacz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/a.warc", bytes(200_000_000))
    with pytest.raises(DamagedFile, match="inflates"):
        bring_in(DataFolder(tmp_path / "data"), bomb)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("archive/a.warc.gz", foreign_warc("wget"))
    data = whole.getvalue()
    for broken in (data[: len(data) // 2], data[:200] + b"\0" * 100 + data[300:], data[:4] + b"\xff" * 400):
        with pytest.raises(DamagedFile):
            bring_in(DataFolder(tmp_path / "data"), write(tmp_path / "broken.wacz", broken))
    with zipfile.ZipFile(tmp_path / "no.wacz", "w") as archive:
        archive.writestr("readme.txt", b"none")
    with pytest.raises(DamagedFile, match="no WACZ"):
        bring_in(DataFolder(tmp_path / "data"), tmp_path / "no.wacz")


def test_an_address_that_nobody_can_read_costs_its_row_only(tmp_path: Path) -> None:
    bad = record(TYPE, ID, DATE, b"WARC-Target-URI: http://[::1/\r\n", b"Content-Length: 3\r\n")
    data = b"".join([*records_of(foreign_warc("wget")), bad])
    (result,) = bring_in(DataFolder(tmp_path / "data"), write(tmp_path / "x.warc", data))
    assert result.rows.captures == 4


# Properties

PRINTED = st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters=":")
FIELD = st.text(PRINTED, min_size=1, max_size=20)
BLOCK = st.one_of(st.binary(max_size=300), st.sampled_from([b"WARC/1.0\r\n\r\n", b"\r\n\r\n\r\n", b"\x1f\x8b\x08\x00"]))
EXTRA = st.lists(st.tuples(FIELD, FIELD), max_size=4)


@st.composite
def warcs(draw: st.DrawFn) -> list[bytes]:
    """Well-formed records with any header lines and blocks."""
    made = []
    for block, extra in draw(st.lists(st.tuples(BLOCK, EXTRA), min_size=1, max_size=5)):
        lines = b"".join(f"X-{name.strip()}: {value}\r\n".encode() for name, value in extra)
        made.append(record(TYPE, ID, DATE, URL, lines, b"Content-Length: %d\r\n" % len(block), block=block))
    return made


@given(warcs(), st.sampled_from(["plain", "one gzip", "members", "zstd"]))
def test_whatever_the_framing_the_same_records_come_out(records: list[bytes], framing: str) -> None:
    whole = b"".join(records)
    data = {
        "plain": whole,
        "one gzip": gzip.compress(whole),
        "members": b"".join(map(gzip.compress, records)),
        "zstd": zstd.compress(whole),
    }[framing]
    read = [one.head + (one.block or b"") + b"\r\n\r\n" for one in RecordReader(io.BytesIO(data), "x")]
    assert read == records


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(warcs())
def test_what_is_written_anew_is_read_by_our_reader(tmp_path: Path, records: list[bytes]) -> None:
    source = write(tmp_path / "x.warc", b"".join(records))
    brought = bring(DataFolder(tmp_path / "data"), source, "x.warc")
    assert gzip.decompress(brought.path.read_bytes()) == b"".join(records)
    assert [one.block for _, _, one in walk_members(brought.path)] == [
        one.block for one in RecordReader(io.BytesIO(b"".join(records)), "x")
    ]
    assert origin_of(brought.path.name) == brought.origin
    assert is_whole(brought.path, "x")
    brought.path.unlink()


def read_through(data: bytes) -> tuple[int, DamagedFile | None]:
    """The bytes of records that came out, and the error that ended it."""
    size = 0
    try:
        for one in RecordReader(io.BytesIO(data), "x"):
            size += len(one.head) + one.length
    except DamagedFile as damage:
        return size, damage
    return size, None


@given(warcs(), st.data())
def test_any_damage_is_an_error_with_a_place_or_a_record(records: list[bytes], data: st.DataObject) -> None:
    """Bytes turned over anywhere: never another exception, never more than the file could hold."""
    whole = b"".join(records)
    raw = bytearray(data.draw(st.sampled_from([whole, gzip.compress(whole)])))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    size, damage = read_through(bytes(raw))
    assert size <= len(raw) + len(whole) + MAX_HEAD
    assert damage is None or (damage.offset >= 0 and str(damage).startswith("x: at byte "))


@given(st.binary(max_size=400))
def test_noise_is_never_a_record(noise: bytes) -> None:
    for start in (b"", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18", b"WARC/1.0\r\n"):
        assert read_through(start + noise)[0] == 0


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("response", "software", "fidelity"),
    [
        (HEAD + b"Content-Length: 2\r\n\r\nok", "Wget/1.21", "wire"),
        (HEAD + b"Content-Length: 2\r\n\r\nok", "Some Tool 1.0", "imported"),
        (HEAD + b"Content-Length: 9\r\n\r\nok", "Wget/1.21", "reconstructed"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "heritrix/3.4", "wire"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n<html>", "heritrix/3.4", "reconstructed"),
        (HEAD + b"X-Crawler-Content-Encoding: gzip\r\n\r\nok", "Wget/1.21", "reconstructed"),
        (b"HTTP/2 200\r\n\r\nok", "warcprox 2", "reconstructed"),
        (b"no http", "Wget/1.21", "imported"),
    ],
)
def test_fidelity_claims_no_more_than_the_record_bears_out(response: bytes, software: str, fidelity: str) -> None:
    assert fidelity_of(parse_response(response), False, Maker(software)) == fidelity


def test_names_tell_the_origin_and_nothing_else_does() -> None:
    assert origin_of("baocaobang-20240105020000123-00000-host-a1b2c3.warc.gz") is None
    assert origin_of("import-20240105020000123-00000-a-b-c.d-0123456789ab.warc.gz") is not None
