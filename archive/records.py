"""The fields of WARC records, WARC 1.1 §5: what is said about an exchange beside its bytes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from mmap import mmap
from typing import Any, Final

from archive.httpmessage import ResponseMessage, chunk_spans, parse_response
from archive.model import Exchange

Header = tuple[str, str]
Block = bytes | mmap

# Bodies beyond this are worked on in pieces; heads never come near it.
PIECE: Final = 1 << 20
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS: Final = [first + second for first in _BASE32 for second in _BASE32]
# The bits of a UUID that say its version and variant, and what they are where the others are random.
_UUID_FIXED: Final = 0xF000 << 64 | 0xC000 << 48
_UUID_VERSION_4: Final = 0x4000 << 64 | 0x8000 << 48
_JSON: Final = json.JSONEncoder(ensure_ascii=False)
_PROFILE: Final = "http://netpreserve.org/warc/1.1/revisit/"
IDENTICAL: Final = _PROFILE + "identical-payload-digest"
NOT_MODIFIED: Final = _PROFILE + "server-not-modified"


@dataclass(frozen=True, slots=True)
class Original:
    """The record that a revisit refers to: its id, target URI, date, and the labelled digest of its payload."""

    record_id: str
    url: str
    date: datetime
    digest: str


def sha1_base32(data: Block) -> str:
    """``sha1:`` and the upper-case Base32 digest of ``data``, the labelled digest of WARC 1.1 §5.8."""
    return _labelled(hashlib.sha1(data, usedforsecurity=False).digest())


def _labelled(digest: bytes) -> str:
    """The 160 bits of ``digest`` as 16 pairs of Base32 digits (RFC 4648 §6)."""
    number = int.from_bytes(digest, "big")
    return "sha1:" + "".join([_PAIRS[number >> shift & 1023] for shift in range(150, -1, -10)])


def warc_date(moment: datetime) -> str:
    """``moment`` (aware) as a WARC-Date with microseconds, WARC 1.1 §5.4."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def new_id() -> str:
    """A fresh WARC-Record-ID: a random UUID, RFC 9562 §5.4, in a third of the time that ``uuid.uuid4`` takes."""
    number = int.from_bytes(os.urandom(16), "big") & ~_UUID_FIXED | _UUID_VERSION_4
    digits = f"{number:032x}"
    return f"<urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}>"


def one_line(value: str) -> str:
    """``value`` without line ends: a hostile header value must not start a WARC header of its own."""
    return value.replace("\r", " ").replace("\n", " ")


def record_head(headers: Iterable[Header], length: int) -> bytes:
    """The version line, ``headers``, the length of the block and the blank line."""
    fields = [*headers, ("Content-Length", str(length))]
    head = "".join([f"{name}: {value}\r\n" for name, value in fields])
    if head.count("\r") != len(fields) or head.count("\n") != len(fields):
        head = "".join([f"{name}: {one_line(value)}\r\n" for name, value in fields])
    return f"WARC/1.1\r\n{head}\r\n".encode()


def record_bytes(headers: Iterable[Header], block: bytes) -> bytes:
    """One WARC record: version line, ``headers``, Content-Length, blank line, ``block``, two line ends."""
    return b"".join((record_head(headers, len(block)), block, b"\r\n\r\n"))


def pieces(block: Block, start: int = 0, end: int | None = None) -> Iterator[memoryview]:
    """The bytes ``start`` to ``end`` of ``block`` in pieces, without copying them."""
    with memoryview(block) as view:
        stop = len(view) if end is None else end
        for at in range(start, stop, PIECE):
            with view[at : min(at + PIECE, stop)] as piece:
                yield piece


@dataclass(frozen=True, slots=True)
class Payload:
    """What the response of an exchange holds: the message, and the digest and length of its transfer-decoded body.

    ``message`` is ``None`` for an answer that is no HTTP. Of a body beyond ``PIECE`` bytes, ``message`` has the
    beginning only; digest and length are always of the whole.
    """

    message: ResponseMessage | None
    digest: str
    length: int


def payload_of(response: Block) -> Payload:
    """Parse ``response`` and digest its payload, WARC 1.1 §5.9; memory stays bounded, however long it is."""
    message = parse_response(bytes(response[:PIECE]) if len(response) > PIECE else bytes(response))
    start = message.head_length if message else 0
    chunked = message is not None and message.is_chunked
    digest = hashlib.sha1(usedforsecurity=False)
    length = 0
    for begin, end in chunk_spans(response, start) if chunked else ((start, len(response)),):
        length += end - begin
        for piece in pieces(response, begin, end):
            digest.update(piece)
    return Payload(message, _labelled(digest.digest()), length)


def common_headers(exchange: Exchange, info_id: str) -> list[Header]:
    """The fields that all records of ``exchange`` share; ``info_id`` is that of the warcinfo record."""
    headers = [
        ("WARC-Target-URI", exchange.url),
        ("WARC-Date", warc_date(exchange.started)),
        ("WARC-Warcinfo-ID", info_id),
    ]
    if exchange.ip:
        headers.append(("WARC-IP-Address", exchange.ip))
    headers += [("WARC-Protocol", protocol) for protocol in exchange.protocols]
    if exchange.cipher:
        headers.append(("WARC-Cipher-Suite", exchange.cipher))
    return headers


def request_headers(exchange: Exchange, own_id: str, response_id: str | None, common: list[Header]) -> list[Header]:
    """The fields of the request record; ``response_id`` is that of the answer's record, ``None`` without one."""
    unanswered = {} if response_id else {"unanswered": exchange.truncated, **_tls(exchange)}
    return [
        ("WARC-Type", "request"),
        ("WARC-Record-ID", own_id),
        *common,
        *([("WARC-Concurrent-To", response_id)] if response_id else []),
        ("WARC-Block-Digest", sha1_base32(exchange.request)),
        ("Content-Type", "application/http; msgtype=request"),
        *json_metadata({"via": exchange.via, **_fidelity(exchange), **unanswered}),
    ]


def response_headers(
    exchange: Exchange, own_id: str, request_id: str, payload: Payload, common: list[Header]
) -> list[Header]:
    """The fields of the response record."""
    truncated = [("WARC-Truncated", exchange.truncated)] if exchange.truncated else []
    return [
        ("WARC-Type", "response"),
        ("WARC-Record-ID", own_id),
        *common,
        ("WARC-Concurrent-To", request_id),
        ("WARC-Block-Digest", sha1_base32(exchange.response)),
        ("WARC-Payload-Digest", payload.digest),
        *truncated,
        ("Content-Type", "application/http; msgtype=response"),
        *json_metadata(_about(exchange)),
    ]


@dataclass(frozen=True, slots=True)
class Revisit:
    """What a revisit record says instead of the payload, §6.7.

    ``block`` is the head of the response as received. ``original`` is ``None`` when a server said 304 about a page
    that the archive does not hold: then there is nothing to refer to. ``framing`` is the chunked coding around the
    payload that is left out, ``""`` when there is none.
    """

    profile: str
    block: bytes
    original: Original | None
    framing: str = ""


def revisit_headers(
    exchange: Exchange, own_id: str, request_id: str, revisit: Revisit, common: list[Header]
) -> list[Header]:
    """The fields of a revisit record."""
    shortened = [("WARC-Truncated", "length")] if revisit.profile == IDENTICAL else []
    return [
        ("WARC-Type", "revisit"),
        ("WARC-Record-ID", own_id),
        *common,
        ("WARC-Concurrent-To", request_id),
        ("WARC-Profile", revisit.profile),
        *(_refers_to(revisit.original) if revisit.original else []),
        ("WARC-Block-Digest", sha1_base32(revisit.block)),
        *shortened,
        ("Content-Type", "application/http; msgtype=response"),
        *json_metadata({**_about(exchange), "framing": revisit.framing or None}),
    ]


def _refers_to(original: Original) -> list[Header]:
    return [
        ("WARC-Refers-To", original.record_id),
        ("WARC-Refers-To-Target-URI", original.url),
        ("WARC-Refers-To-Date", warc_date(original.date)),
        ("WARC-Payload-Digest", original.digest),
    ]


def fields_block(fields: Iterable[Header]) -> bytes:
    """``fields`` as ``application/warc-fields``."""
    return "".join(f"{name}: {one_line(value)}\r\n" for name, value in fields).encode()


def note_headers(url: str, own_id: str, about: str, block: bytes, info_id: str) -> list[Header]:
    """The fields of a metadata record of the crawler's own; ``about`` is the id of the record it belongs to."""
    return [
        ("WARC-Type", "metadata"),
        ("WARC-Record-ID", own_id),
        ("WARC-Target-URI", url),
        ("WARC-Date", warc_date(datetime.now(UTC))),
        ("WARC-Warcinfo-ID", info_id),
        ("WARC-Concurrent-To", about),
        ("WARC-Block-Digest", sha1_base32(block)),
        ("Content-Type", "application/warc-fields"),
    ]


def _about(exchange: Exchange) -> dict[str, Any]:
    return {**_fidelity(exchange), **_tls(exchange), "bytes_beyond_body": exchange.beyond_body or None}


def _fidelity(exchange: Exchange) -> dict[str, Any]:
    return {"fidelity": exchange.fidelity if exchange.fidelity != "wire" else None}


def _tls(exchange: Exchange) -> dict[str, Any]:
    return {"certificate_sha256": exchange.certificate_sha256}


def json_metadata(values: Mapping[str, Any]) -> list[Header]:
    """``values`` as a ``WARC-JSON-Metadata`` field, those that are ``None`` left out; no field without any."""
    said = {name: value for name, value in values.items() if value is not None}
    return [("WARC-JSON-Metadata", _JSON.encode(said))] if said else []
