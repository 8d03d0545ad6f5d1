from __future__ import annotations

import gzip
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.press import Press, gzip_member
from archive.records import PIECE

HEAD = b"WARC/1.1\r\nWARC-Type: response\r\n\r\n"
NAMES = ("zlib-ng", "isal", "zlib")


@given(st.sampled_from(NAMES), st.binary(max_size=400), st.binary(max_size=3000), st.none() | st.integers(0, 3000))
def test_a_member_inflates_to_the_record(name: str, head: bytes, block: bytes, stored_from: int | None) -> None:
    (member,) = Press(name).member(head, block, stored_from)
    assert gzip.decompress(member) == head + block + b"\r\n\r\n"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [65_534, 65_535, 65_536, PIECE, PIECE + 1, 3 * PIECE + 17])
@pytest.mark.parametrize("stored_from", [None, 0, 300, PIECE + 5])
def test_long_blocks(name: str, length: int, stored_from: int | None) -> None:
    block = bytes(range(251)) * (length // 251 + 1)
    member = b"".join(Press(name).member(HEAD, block[:length], stored_from))
    engine = zlib.decompressobj(31)
    assert engine.decompress(member) == HEAD + block[:length] + b"\r\n\r\n"
    assert engine.eof
    assert engine.unused_data == b""


def test_a_stored_body_is_smaller_than_one_pressed_again() -> None:
    body = random.Random(1).randbytes(9000)
    (stored,) = Press().member(HEAD, body, 0)
    assert body in stored
    assert len(stored) < len(gzip_member(HEAD + body + b"\r\n\r\n", 1))


def test_equal_records_give_equal_bytes() -> None:
    assert list(Press().member(HEAD, b"abc" * 900, 20)) == list(Press().member(HEAD, b"abc" * 900, 20))


def test_short_records_are_pressed_alike_by_all() -> None:
    members = [list(Press(name, 3).member(HEAD, "Cao Bằng ".encode() * 90)) for name in NAMES]
    assert members[0] == members[1] == members[2]
    long = [b"".join(Press(name, 3).member(HEAD, bytes(range(250)) * 90)) for name in NAMES]
    assert len(set(long)) == 3
