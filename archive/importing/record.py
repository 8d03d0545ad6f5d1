"""What a record of someone else's WARC file says about itself: how true it is, where it came from, its row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from urllib.parse import urlsplit

from archive.captures import capture_row
from archive.httpmessage import ResponseMessage, parse_response
from archive.importing.names import Origin
from archive.members import Record
from archive.model import Exchange, Fidelity, RecordRef, TruncatedReason
from archive.records import sha1_base32
from archive.warc import WrittenExchange

Row = dict[str, Any]

# Rows of hosts that are no known portal's: kept, so that every record has its row, and never read as articles.
ELSEWHERE: Final = "other"
# Crawlers known to write what came over the connection; the others go through a browser or write heads anew.
_WRITES_WIRE = re.compile(r"\b(?:wget|wpull|heritrix|warcprox|baotinh)\b", re.I)
# How Browsertrix and pywb, Common Crawl, and the Wayback Machine rename headers of bodies they decoded.
_RENAMED = ("x-orig-", "x-crawler-", "x-archive-orig-")
_CHUNK_LINE = re.compile(rb"[ \t]*[0-9A-Fa-f]{1,15}[ \t]*(?:;[^\r\n]*)?\r?\n")
_FIELD = re.compile(r"^([\w-]+)[ \t]*:[ \t]*(.*?)\r?$", re.M)


@dataclass(frozen=True, slots=True)
class Maker:
    """The software that made the records, as the warcinfo record before them names it."""

    software: str = ""

    @classmethod
    def of(cls, warcinfo: Record) -> Maker:
        """The maker that a warcinfo record names (WARC 1.1 §6.2); an unreadable one names nobody."""
        fields = {name.lower(): value for name, value in _FIELD.findall(warcinfo.block.decode("utf-8", "replace"))}
        return cls(fields.get("software", "").strip())

    @property
    def short(self) -> str:
        """The first product of ``software``: ``Wget/1.21.3``; empty when unknown."""
        words = self.software.split(",")[0].split()
        return words[0][:60] if words else ""


def fidelity_of(message: ResponseMessage | None, truncated: bool, maker: Maker) -> Fidelity:
    """How true the bytes of a foreign response are.

    ``reconstructed`` when the record itself shows it: renamed headers, an HTTP/2 status line, a body that is not
    framed as its head says. ``wire`` when its software is known to write what came over the connection and nothing
    speaks against it. ``imported`` otherwise: nobody says.
    """
    if message is None:
        return "imported"
    renamed = any(name.lower().startswith(_RENAMED) for name, _ in message.headers)
    if renamed or message.version not in ("1.0", "1.1") or not (truncated or _framed(message)):
        return "reconstructed"
    return "wire" if _WRITES_WIRE.search(maker.software) else "imported"


def _framed(message: ResponseMessage) -> bool:
    if message.is_chunked:
        return not message.raw_body or _CHUNK_LINE.match(message.raw_body) is not None
    length = message.header("Content-Length")
    empty = message.status in (204, 304) or not message.raw_body
    return length is None or empty or length == str(len(message.raw_body))


def is_capture(record: Record) -> bool:
    """Whether ``record`` is an HTTP response, or a revisit of one, and so has a row in captures."""
    return record.type in ("response", "revisit") and (record.url or "").lower().startswith(("http://", "https://"))


def imported_row(record: Record, ref: RecordRef, origin: Origin, maker: Maker, portal: str) -> Row:
    """The captures row of a response or revisit record of an imported file; raises ``ValueError`` for its URL.

    ``discovered_via`` is ``import:<old file name> <software>``. The digest is that of the payload as WARC 1.1 has
    it (transfer coding undone), whatever the record says: chunked bodies are often digested otherwise.
    """
    revisit = record.type == "revisit"
    message = parse_response(record.block)
    truncated = None if revisit else record.header("WARC-Truncated")
    via = f"import:{origin.stem} {maker.short}".strip()
    exchange = Exchange(
        url=record.url or "",
        started=record.date,
        request=b"",
        response=record.block,
        fidelity=fidelity_of(message, revisit or truncated is not None, maker),
        truncated=cast("TruncatedReason | None", truncated),
        via=via,
    )
    kind: Literal["response", "revisit"] = "revisit" if revisit else "response"
    written = WrittenExchange(
        ref, ref, message, imported_digest(record, message), kind, record.header("WARC-Refers-To")
    )
    row = capture_row(exchange, written, portal, origin.run_id)
    if portal == ELSEWHERE and row["fetch_status"] == 200 and row["outcome"] not in ("error", "image"):
        row |= {"outcome": "not_article", "outcome_reason": "unknown-portal"}
    return row


def imported_digest(record: Record, message: ResponseMessage | None) -> str | None:
    """The labelled payload digest that the row of an imported record carries, ``message`` being its response."""
    if record.type == "revisit":
        # A revisit has no payload of its own; what it says is all there is.
        return record.header("WARC-Payload-Digest")
    return sha1_base32(message.payload if message else record.block)


def readable_address(url: str) -> bool:
    """Whether ``url`` is one that a row can be made of: hostile files hold addresses that no parser takes."""
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False
