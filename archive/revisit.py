"""Revisit records and the payloads they refer to: what is left out of a record, and how it is put back."""

from __future__ import annotations

import json
import re
from typing import Final

from archive.httpmessage import ResponseMessage, chunk_spans, parse_response
from archive.members import Record

# Readers take WARC headers of some kilobytes; a framing longer than this is not worth a revisit.
MAX_FRAMING: Final = 2048
_SIZE_LINE: Final = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[^\n]*\n")


def framing_of(message: ResponseMessage) -> str | None:
    """The chunked coding of the body of ``message`` without the data: size lines, line ends, trailers.

    ``""`` for a body that is not chunked, ``None`` when ``reframe`` could not put the coding back exactly.
    """
    if "chunked" not in message.tokens("Transfer-Encoding"):
        return ""
    body, at, parts = message.raw_body, 0, []
    for start, end in chunk_spans(body):
        parts.append(body[at:start])
        at = end
    framing = b"".join((*parts, body[at:]))
    if len(framing) > MAX_FRAMING or reframe(framing, message.payload) != body:
        return None
    return framing.decode("latin-1")


def reframe(framing: bytes, payload: bytes) -> bytes:
    """``payload`` in the chunked coding that ``framing`` describes."""
    parts: list[bytes] = []
    at = used = 0
    while (line := _SIZE_LINE.match(framing, at)) and (size := int(line.group(1), 16)):
        end = line.end() + (2 if framing[line.end() : line.end() + 2] == b"\r\n" else 1)
        parts += [line.group(), payload[used : used + size], framing[line.end() : end]]
        at, used = end, used + size
    return b"".join((*parts, framing[at:]))


def restore_block(revisit: Record, original: Record) -> bytes:
    """The response block that ``revisit`` stands for: its own head, with the payload of ``original`` behind it.

    For the project's own revisits of identical payloads that is what crossed the wire, byte for byte. A revisit
    without a head gives the block of ``original``.
    """
    head = parse_response(revisit.block)
    source = parse_response(original.block)
    payload = source.payload if source else original.block
    if head is None:
        return original.block
    if "chunked" not in head.tokens("Transfer-Encoding"):
        return revisit.block + payload
    framing = metadata(revisit).get("framing")
    if isinstance(framing, str):
        return revisit.block + reframe(framing.encode("latin-1", "replace"), payload)
    return revisit.block + b"%x\r\n%s\r\n0\r\n\r\n" % (len(payload), payload)


def metadata(record: Record) -> dict[str, object]:
    """What the ``WARC-JSON-Metadata`` field of ``record`` says; empty when it has none that can be read."""
    try:
        said = json.loads(record.header("WARC-JSON-Metadata") or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
