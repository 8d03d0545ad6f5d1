"""Reading records: against warcio's files, and against every way a file can be damaged."""

import gzip
import zlib
from contextlib import suppress
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive import members
from archive.errors import DamagedFile, StorageError
from archive.layout import DataFolder
from archive.members import next_member, parse_date, read_member, walk_members
from archive.warc import record_bytes
from tests.archive.samples import PAGES, SampleRun


@pytest.fixture(scope="module")
def warc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = DataFolder(tmp_path_factory.mktemp("data"))
    return folder.find_warc(SampleRun(folder).write(PAGES).name)


def member(block: bytes = b"x", date: str = "2024-01-05T02:00:00Z") -> bytes:
    headers = [("WARC-Type", "resource"), ("WARC-Record-ID", "<urn:x:1>"), ("WARC-Date", date)]
    return gzip.compress(record_bytes(headers, block))


def test_walking_gives_what_warcio_gives(warc: Path) -> None:
    with warc.open("rb") as file:
        iterator = ArchiveIterator(file, no_record_parse=True)
        # The block first: asking for the offset reads to the record's end.
        expected = [
            (record.raw_stream.read(), record.rec_headers.headers, iterator.get_record_offset()) for record in iterator
        ]
    walked = [(record.block, list(record.headers), offset) for offset, _, record in walk_members(warc)]
    assert walked == expected
    assert len(walked) == 1 + len(PAGES)


def test_a_record_read_alone_is_the_one_walked_past(warc: Path) -> None:
    for offset, length, record in walk_members(warc):
        assert read_member(warc, offset, length) == record
    assert record.url == PAGES[-1].url
    assert record.header("warc-target-uri") == PAGES[-1].url


def test_members_add_up_to_the_file(warc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_CHUNK", 7)
    places = [(offset, length) for offset, length, _ in walk_members(warc)]
    assert places[0][0] == 0
    assert all(start + length == after for (start, length), (after, _) in pairwise(places))
    assert sum(length for _, length in places) == warc.stat().st_size


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_cut_anywhere_is_found_at_the_record_it_tears(warc: Path, data: st.DataObject) -> None:
    starts = [offset for offset, _, _ in walk_members(warc)]
    whole = warc.read_bytes()
    cut = data.draw(st.integers(1, len(whole) - 1).filter(lambda at: at not in starts))
    torn = warc.with_name("torn.warc.gz")
    torn.write_bytes(whole[:cut])
    with pytest.raises(DamagedFile, match="cut short") as damage:
        list(walk_members(torn))
    assert damage.value.offset == max(start for start in starts if start < cut)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_flipped_bit_in_the_data_never_passes(warc: Path, data: st.DataObject) -> None:
    whole = bytearray(warc.read_bytes())
    places = [(offset, length) for offset, length, _ in walk_members(warc)]
    offset, length = data.draw(st.sampled_from(places))
    # The first ten bytes are gzip's own head, of which the time and the system name mean nothing.
    at = data.draw(st.integers(offset + 10, offset + length - 1))
    content = gzip.decompress(whole[offset : offset + length])
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    # Bits that fill up a byte, before a stored block and behind the last code, mean nothing (RFC 1951 §3.2.4).
    with suppress(gzip.BadGzipFile, EOFError, zlib.error):
        assume(gzip.decompress(whole[offset : offset + length]) != content)
    bad = warc.with_name("flipped.warc.gz")
    bad.write_bytes(whole)
    with pytest.raises(DamagedFile) as damage:
        list(walk_members(bad))
    assert damage.value.offset == offset


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"<html>", "no gzip member"),
        (b"\x00" * 512, "no gzip member"),
        (gzip.compress(b"hello"), "does not hold a WARC record"),
        (gzip.compress(b""), "does not hold a WARC record"),
        (gzip.compress(gzip.decompress(member()) * 2), "more than one record"),
        (gzip.compress(gzip.decompress(member(b"long block")).replace(b"Length: 10", b"Length: 12")), "says 12 bytes"),
        (gzip.compress(gzip.decompress(member()).replace(b"Length: 1", b"Length: -1")), "says -1 bytes"),
        (gzip.compress(gzip.decompress(member()).replace(b"Length: 1", b"Length: one")), "malformed"),
        (gzip.compress(gzip.decompress(member()).replace(b"WARC-Type", b"X-Type")), "no warc-type field"),
        (member(date="yesterday"), "malformed"),
    ],
    ids=["text", "zeros", "other gzip", "empty", "two records", "short", "negative", "no number", "no type", "no date"],
)
def test_what_is_no_single_record_is_named_with_its_offset(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "odd.warc.gz"
    good = member()
    path.write_bytes(good + content)
    with pytest.raises(DamagedFile, match=problem) as damage:
        list(walk_members(path))
    assert damage.value.offset == len(good)


def test_a_record_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MAX_RECORD", 100_000)
    path = tmp_path / "bomb.warc.gz"
    path.write_bytes(member(bytes(5_000_000)))
    with pytest.raises(DamagedFile, match="more than 100000 bytes"):
        list(walk_members(path))


def test_reading_at_a_wrong_place_or_length_is_refused(warc: Path) -> None:
    (offset, length, _), *_ = walk_members(warc)
    for place in [(offset + 1, length), (offset, length - 1), (offset, length + 1), (10**9, length)]:
        with pytest.raises(DamagedFile):
            read_member(warc, *place)
    with pytest.raises(StorageError, match="cannot be read"):
        read_member(warc.with_name("none"), 0, 1)


@pytest.mark.parametrize("chunk", [64, 1 << 17])
def test_the_next_whole_record_is_found_behind_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(members, "_CHUNK", chunk)
    path = tmp_path / "damaged.warc.gz"
    junk = b"\x1f\x8b\x08" + b"\x1f\x8b" * 100 + gzip.compress(b"no record")
    path.write_bytes(junk + member())
    assert next_member(path, 0) == len(junk)
    assert next_member(path, len(junk)) is None


def test_lenient_heads_of_other_writers(tmp_path: Path) -> None:
    text = (
        "WARC/1.0\nWARC-Type: response\nWARC-Target-URI: <http://baocaobang.vn/a\x85b>\n"
        "WARC-Date: 2012-01-01T00:00:00Z\n"
        "WARC-Record-ID: <urn:x:1>\nX-Long: one\n  two\nContent-Length: 2\n\nok\r\n\r\n"
    )
    path = tmp_path / "other.warc.gz"
    path.write_bytes(gzip.compress(text.encode()))
    ((_, _, record),) = walk_members(path)
    assert (record.version, record.url, record.block) == ("1.0", "http://baocaobang.vn/a\x85b", b"ok")
    assert record.header("x-long") == "one two"


def test_dates_of_all_precisions() -> None:
    assert parse_date("2024-01-05T02:00:00Z").isoformat() == "2024-01-05T02:00:00+00:00"
    assert parse_date("2024-01-05T02:00:00.1Z").microsecond == 100_000
    assert parse_date("2024-01-05T02:00:00.123456789Z").microsecond == 123_456
    with pytest.raises(ValueError, match="WARC-Date"):
        parse_date("2024-01-05")


def test_zlib_serves_as_well_as_zlib_ng(warc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = list(walk_members(warc))
    monkeypatch.setattr(members, "_inflate", zlib)
    assert list(walk_members(warc)) == fast
    assert BytesIO(fast[1][2].block).readline() == b"HTTP/1.1 200 OK\r\n"


REAL = Path(__file__).parents[3] / "shared" / "real" / "council-portal-nukeviet45.warc.gz"


@pytest.mark.skipif(not REAL.exists(), reason="the capture of a real portal is not beside this checkout")
def test_a_capture_of_a_real_portal_reads_as_warcio_reads_it() -> None:
    with REAL.open("rb") as file:
        expected = [record.raw_stream.read() for record in ArchiveIterator(file, no_record_parse=True)]
    assert [record.block for _, _, record in walk_members(REAL)] == expected
