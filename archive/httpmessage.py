"""HTTP/1.x messages as they lie in a WARC block: heads, transfer coding, content coding (RFC 9112, RFC 9110)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from mmap import mmap

import brotli

MAX_CONTENT = 64 * 1024 * 1024
_STATUS = re.compile(rb"HTTP/(\d(?:\.\d)?)[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\Z")


@dataclass(frozen=True, slots=True)
class ResponseMessage:
    """The final response of an exchange, parsed leniently and never altered.

    ``headers`` keeps order, case and repetition; ``raw_body`` keeps the transfer coding; ``head_length``
    counts the bytes before it, 1xx messages included.
    """

    version: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    raw_body: bytes
    head_length: int
    _by_name: dict[str, list[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name: dict[str, list[str]] = {}
        for name, value in self.headers:
            by_name.setdefault(name.lower(), []).append(value)
        object.__setattr__(self, "_by_name", by_name)

    def header(self, name: str) -> str | None:
        """The first value of the header ``name`` (any case), or ``None``."""
        values = self._by_name.get(name.lower())
        return values[0] if values else None

    def tokens(self, name: str) -> list[str]:
        """The comma-separated tokens of all headers ``name``, lower case, in order."""
        joined = ",".join(self._by_name.get(name.lower(), ()))
        return [token.strip().lower() for token in joined.split(",") if token.strip()]

    @property
    def is_chunked(self) -> bool:
        """Whether the body is in the chunked coding."""
        return "chunked" in self.tokens("Transfer-Encoding")

    @property
    def payload(self) -> bytes:
        """The body with the transfer coding undone: what WARC 1.1 §5.9 digests as the payload."""
        return dechunk(self.raw_body) if self.is_chunked else self.raw_body

    def payload_start(self, length: int) -> bytes:
        """The first bytes of the payload: ``length`` at most, fewer where the framing between them is long."""
        if self.is_chunked:
            return dechunk(self.raw_body[: 8 * length])[:length]
        return self.raw_body[:length]


def parse_response(block: bytes) -> ResponseMessage | None:
    """Parse a response block, skipping 1xx messages; ``None`` when it has no status line at all."""
    start = 0
    while True:
        parsed = _parse_head(block, start)
        if parsed is None:
            return None
        version, status, reason, headers, end = parsed
        if 100 <= status < 200 and status != 101 and end < len(block):
            start = end
            continue
        return ResponseMessage(version, status, reason, headers, block[end:], end)


def _parse_head(block: bytes, start: int) -> tuple[str, int, str, tuple[tuple[str, str], ...], int] | None:
    match = _STATUS.match(block, start)
    if match is None:
        return None
    end = _head_end(block, start)
    lines = block[start:end].decode("latin-1").split("\n")[1:]
    version, status, reason = match.groups()
    return (
        version.decode(),
        int(status),
        (reason or b"").decode("latin-1").strip(),
        _parse_headers(lines),
        end,
    )


def _head_end(block: bytes, start: int) -> int:
    """Where the body begins: behind the first blank line, whichever line ends the server writes."""
    end = len(block)
    for blank in (b"\r\n\r\n", b"\n\n", b"\n\r\n"):
        # Each search ends where the one before found something: a body is not searched for what its head has.
        at = block.find(blank, start, end)
        if at >= 0:
            end = at + len(blank)
    return end


def _parse_headers(lines: list[str]) -> tuple[tuple[str, str], ...]:
    """Header fields of ``lines``; folded lines are joined, lines without a colon are left out."""
    fields: list[tuple[str, str]] = []
    for line in lines:
        text = line.strip()
        if not text:
            continue
        if line[0] in " \t" and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {text}")
            continue
        name, colon, value = text.partition(":")
        if colon:
            fields.append((name.rstrip(), value.lstrip()))
    return tuple(fields)


def dechunk(body: bytes) -> bytes:
    """Undo the chunked coding (RFC 9112 §7.1); a body that is cut or broken gives what came whole before it."""
    return b"".join(body[start:end] for start, end in chunk_spans(body))


def chunk_spans(body: bytes | mmap, at: int = 0) -> Iterator[tuple[int, int]]:
    """Where the data of each chunk begins and ends in ``body``, whose chunked coding begins at byte ``at``."""
    while True:
        line_end = body.find(b"\n", at)
        size = _CHUNK_SIZE.match(body[at:line_end].rstrip(b"\r")) if line_end >= 0 else None
        if size is None:
            return
        length = int(size.group(1), 16)
        if length == 0:
            return
        end = line_end + 1 + length
        yield line_end + 1, min(end, len(body))
        at = end + (2 if body[end : end + 2] == b"\r\n" else 1)


def decode_content(payload: bytes, codings: list[str], limit: int = MAX_CONTENT) -> bytes:
    """Undo the content codings (gzip, deflate, br), outermost last; at most ``limit`` bytes come out.

    A coding that is unknown, or data that is not in the coding it claims, is returned as it stands:
    servers that label plain text as gzip are common. A stream cut short gives what it holds.
    """
    for coding in reversed(codings):
        if coding in ("gzip", "x-gzip"):
            payload = _inflate(payload, limit, (zlib.MAX_WBITS | 16,))
        elif coding == "deflate":
            payload = _inflate(payload, limit, (zlib.MAX_WBITS, -zlib.MAX_WBITS))
        elif coding == "br":
            payload = _unbrotli(payload, limit)
    return payload


def _inflate(data: bytes, limit: int, window_bits: tuple[int, ...]) -> bytes:
    for bits in window_bits:
        parts: list[bytes] = []
        size = 0
        rest = data
        try:
            while rest and size < limit:
                engine = zlib.decompressobj(bits)
                part = engine.decompress(rest, limit - size)
                parts.append(part)
                size += len(part)
                rest = engine.unused_data if engine.eof else b""
        except zlib.error:
            if not parts:
                continue
        return b"".join(parts)
    return data


def _unbrotli(data: bytes, limit: int) -> bytes:
    engine = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    chunk = data
    try:
        while size < limit and not engine.is_finished():
            part = engine.process(chunk, output_buffer_limit=limit - size)
            chunk = b""
            if not part and engine.can_accept_more_data():
                break
            parts.append(part)
            size += len(part)
    except brotli.error:
        if not parts:
            return data
    return b"".join(parts)[:limit]
