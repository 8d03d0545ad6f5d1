"""How an answer is put on the wire: codings, chunks and headers vary by address, always the same for one address."""

from __future__ import annotations

import gzip
import time
import zlib
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Literal

import brotli

from tests.replica.site import Answer, Request, Site

Coding = Literal["identity", "gzip", "br"]
Framing = Literal["length", "chunked", "close", "none"]

# Of sixteen addresses half say their length, most of the rest are chunked, one ends with the connection.
_FRAMINGS: tuple[Framing, ...] = (*("length",) * 8, *("chunked",) * 7, "close")
_CODED_TYPES = ("text/", "application/json")
_DATE = "\x00"


@dataclass(frozen=True, slots=True)
class _Shape:
    """What one response looks like; responses of one shape differ in their Date alone."""

    coding: Coding
    framing: Framing
    closing: bool
    head_only: bool
    not_modified: bool


def frame(site: Site, request: Request, answer: Answer) -> tuple[bytes, bool]:
    """The bytes of a response and whether the connection ends after it.

    The client's ``Accept-Encoding`` and HTTP version are honoured (RFC 9110 §12.5.3, RFC 9112 §6 and §7); a
    HEAD request gets the head alone.
    """
    mark = zlib.crc32(f"{site.host}{request.target}".encode())
    not_modified = _unchanged(request, answer)
    framing = "none" if not_modified else _framing(request, answer, mark)
    closing = framing == "close" or mark % 29 == 0 or _client_closes(request)
    shape = _Shape(_coding(site, request, answer, mark), framing, closing, request.method == "HEAD", not_modified)
    kept = answer.framed.get(shape)
    if kept is None:
        kept = answer.framed[shape] = _build(site, request, answer, shape, mark)
    head, body = kept
    return b"".join((head.replace(_DATE.encode(), http_date().encode(), 1), body)), closing


def http_date() -> str:
    """Now, in the form of the Date header."""
    return formatdate(int(time.time()), usegmt=True)


def chunked(body: bytes, mark: int) -> bytes:
    """``body`` in the chunked coding; ``mark`` decides sizes, the case of the digits, extensions and a trailer."""
    size = (8192, 16384, 4093, 1361)[mark // 3 % 4]
    extension = b";portal=replica" if mark % 5 == 0 else b""
    parts: list[bytes] = []
    for at in range(0, len(body), size):
        piece = body[at : at + size]
        digits = f"{len(piece):X}" if mark % 2 else f"{len(piece):04x}"
        parts += (digits.encode(), extension, b"\r\n", piece, b"\r\n")
    trailer = b"X-Render-Time: 12\r\n" if mark % 11 == 0 else b""
    return b"".join((*parts, b"0\r\n", trailer, b"\r\n"))


def _build(site: Site, request: Request, answer: Answer, shape: _Shape, mark: int) -> tuple[bytes, bytes]:
    body = b"" if shape.not_modified else _encode(answer.body, shape.coding)
    fields = list(answer.headers) if answer.recorded else _fields(site, request, answer, shape)
    if shape.framing == "length":
        fields.append(("Content-Length", str(len(body))))
    elif shape.framing == "chunked":
        fields.append(("Transfer-Encoding", "chunked"))
        body = chunked(body, mark)
    fields.append(("Connection", "close" if shape.closing else "keep-alive"))
    if site.lower_case_headers:
        fields = [(name.lower(), value) for name, value in fields]
    status = HTTPStatus(304 if shape.not_modified else answer.status)
    lines = (f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in fields), "", "")
    return "\r\n".join(lines).encode("latin-1"), b"" if shape.head_only else body


def _fields(site: Site, request: Request, answer: Answer, shape: _Shape) -> list[tuple[str, str]]:
    fields = [("Server", site.server), ("Date", _DATE)]
    if answer.content_type and not shape.not_modified:
        fields.append(("Content-Type", answer.content_type))
        if answer.content_type.startswith(_CODED_TYPES):
            fields.append(("Vary", "Accept-Encoding"))
        if shape.coding != "identity":
            fields.append(("Content-Encoding", shape.coding))
    return [*fields, *site.headers(request, answer), *answer.headers]


def _coding(site: Site, request: Request, answer: Answer, mark: int) -> Coding:
    """Three in four texts are coded where the client accepts it."""
    if not answer.content_type.startswith(_CODED_TYPES) or len(answer.body) < 200 or mark // 16 % 4 == 0:
        return "identity"
    accepted = {part.partition(";")[0].strip() for part in request.header("Accept-Encoding").lower().split(",")}
    if site.brotli and "br" in accepted and mark // 64 % 2:
        return "br"
    return "gzip" if "gzip" in accepted else "identity"


def _framing(request: Request, answer: Answer, mark: int) -> Framing:
    if answer.recorded or answer.status >= 300 or answer.content_type.startswith("image/"):
        return "length"
    framing = _FRAMINGS[mark % 16]
    return "length" if framing == "chunked" and request.version == "HTTP/1.0" else framing


def _client_closes(request: Request) -> bool:
    wish = request.header("Connection").lower()
    return wish == "close" or (request.version == "HTTP/1.0" and wish != "keep-alive")


def _unchanged(request: Request, answer: Answer) -> bool:
    wanted = request.header("If-None-Match")
    return bool(wanted) and answer.status == 200 and ("ETag", wanted) in answer.headers


def _encode(body: bytes, coding: Coding) -> bytes:
    if coding == "gzip":
        return gzip.compress(body, compresslevel=1, mtime=0)
    if coding == "br":
        return bytes(brotli.compress(body, quality=1))
    return body
