from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.httpmessage import dechunk, decode_content, parse_response


def _chunked(body: bytes, sizes: list[int]) -> bytes:
    parts, at = [], 0
    for size in sizes:
        piece = body[at : at + size]
        if piece:
            parts.append(b"%x;ten=gia-tri\r\n%s\r\n" % (len(piece), piece))
        at += size
    if body[at:]:
        parts.append(b"%X\r\n%s\r\n" % (len(body[at:]), body[at:]))
    return b"".join(parts) + b"0\r\nX-Trailer: 1\r\n\r\n"


@given(st.binary(max_size=300), st.lists(st.integers(1, 50), max_size=8))
def test_dechunk_undoes_any_chunking(body: bytes, sizes: list[int]) -> None:
    assert dechunk(_chunked(body, sizes)) == body


@given(st.binary(min_size=1, max_size=200), st.integers(0, 300))
def test_a_cut_chunked_body_gives_a_prefix(body: bytes, cut: int) -> None:
    assert body.startswith(dechunk(_chunked(body, [7, 20])[:cut]))


@given(st.binary(max_size=300))
def test_nothing_breaks_the_parser(block: bytes) -> None:
    for start in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 301 \n"):
        message = parse_response(start + block)
        if message is not None:
            assert message.head_length + len(message.raw_body) == len(start + block)
            decode_content(message.payload, message.tokens("Content-Encoding"))


@given(st.binary(max_size=2000))
def test_content_codings_are_undone_outermost_last(body: bytes) -> None:
    assert decode_content(gzip.compress(body), ["gzip"]) == body
    assert decode_content(zlib.compress(body), ["deflate"]) == body
    assert decode_content(brotli.compress(body), ["br"]) == body
    assert decode_content(gzip.compress(brotli.compress(body)), ["br", "gzip"]) == body


def test_plain_text_labelled_gzip_stays_as_it_is() -> None:
    assert decode_content("Cao Bằng".encode(), ["gzip"]) == "Cao Bằng".encode()


@pytest.mark.parametrize("press", [gzip.compress, brotli.compress], ids=["gzip", "br"])
def test_a_bomb_is_bounded(press: object) -> None:
    assert callable(press)
    coding = "gzip" if press is gzip.compress else "br"
    out = decode_content(press(b"\0" * 5_000_000), [coding], limit=100_000)
    assert 0 < len(out) <= 100_000


def test_informational_messages_are_skipped_and_headers_kept_as_they_are() -> None:
    block = (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 \r\nset-cookie: a\r\nSet-Cookie: b\r\n"
        b"broken line\r\nX-Long: one\r\n  two\r\n\r\nThan bai"
    )
    message = parse_response(block)
    assert message is not None
    assert (message.status, message.reason) == (200, "")
    assert message.headers == (("set-cookie", "a"), ("Set-Cookie", "b"), ("X-Long", "one two"))
    assert message.payload == b"Than bai"
