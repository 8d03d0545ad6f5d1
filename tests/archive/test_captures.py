"""What a captures row says of an answer that is an image, and of one that only claims to be."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from archive.captures import capture_row
from archive.model import Exchange, RecordRef, TruncatedReason
from archive.records import payload_of
from archive.warc import WrittenExchange

REF = RecordRef("a.warc.gz", 0, 1, "<urn:uuid:0>")
PNG = b"\x89PNG\r\n\x1a\n\x00"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "
AVIF = b"\x00\x00\x00\x20ftypavif\x00"
PAGE = b"<!DOCTYPE html><p>x"


def outcome(body: bytes, *headers: bytes, status: bytes = b"200 OK", cut: bool = False) -> tuple[str, str | None]:
    """Outcome and detected media type of an answer."""
    block = b"\r\n".join((b"HTTP/1.1 " + status, *headers, b"", body))
    truncated: TruncatedReason | None = "length" if cut else None
    exchange = Exchange("https://a.vn/b", datetime.now(UTC), b"", block, truncated=truncated)
    payload = payload_of(block)
    row = capture_row(exchange, WrittenExchange(REF, REF, payload.message, payload.digest), "a", "r")
    return row["outcome"], row["content_mime_detected"]


@pytest.mark.parametrize(
    ("body", "declared", "detected"),
    [
        (PNG, b"image/png", "image/png"),
        (PNG, b"text/html; charset=utf-8", "image/png"),
        (PNG, b"application/octet-stream", "image/png"),
        (WEBP, b"text/plain", "image/webp"),
        (AVIF, b"binary/octet-stream", "image/avif"),
        (b'\n<svg xmlns="http://www.w3.org/2000/svg"/>', b"text/xml", "image/svg+xml"),
        (b'<?xml version="1.0"?><svg/>', b"image/svg+xml", "application/xml"),
        (b"BM\x00\x00", b"Image/BMP", None),
    ],
)
def test_images(body: bytes, declared: bytes, detected: str | None) -> None:
    assert outcome(body, b"Content-Type: " + declared) == ("image", detected)


def test_an_image_in_chunks_and_one_that_is_pressed() -> None:
    chunked = (b"Content-Type: image/jpeg", b"Transfer-Encoding: chunked")
    assert outcome(b"3\r\n\xff\xd8\xff\r\n0\r\n\r\n", *chunked)[0] == "image"
    assert outcome(b"0\r\n\r\n", *chunked)[0] == "other"
    pressed = (b"Content-Type: image/svg+xml", b"Content-Encoding: gzip")
    assert outcome(gzip.compress(b"<svg/>"), *pressed) == ("image", None)


@pytest.mark.parametrize(
    ("body", "declared", "word"),
    [
        (PAGE, b"image/jpeg", "other"),
        (PAGE, b"text/html", "listing"),
        (b"", b"image/jpeg", "other"),
        (b"%PDF-1.7", b"image/jpeg", "other"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", b"audio/wav", "other"),
        (b"<?xml version='1.0'?><rss/>", b"application/rss+xml", "feed"),
    ],
)
def test_what_is_no_image(body: bytes, declared: bytes, word: str) -> None:
    assert outcome(body, b"Content-Type: " + declared)[0] == word


def test_an_image_must_be_whole_and_there() -> None:
    assert outcome(PNG, b"Content-Type: image/png", status=b"404 Not Found")[0] == "error"
    assert outcome(PNG, b"Content-Type: image/png", cut=True)[0] == "error"
