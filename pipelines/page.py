"""A page: what one response said, free of the network that carried it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from archive.httpmessage import decode_content, parse_response

if TYPE_CHECKING:
    from archive.store import Capture


@dataclass(frozen=True, slots=True)
class Page:
    """One response as a pure value: the same whether it comes from the wire or from a WARC record.

    ``body`` is the payload with transfer and content codings undone; ``content_type`` is the header's
    value or ``""``; ``fetched`` is aware, UTC.
    """

    url: str
    status: int
    content_type: str
    body: bytes
    fetched: datetime

    @classmethod
    def from_response(cls, url: str, block: bytes, fetched: datetime) -> Page | None:
        """The page in a WARC response block, or ``None`` when the block holds no HTTP response."""
        message = parse_response(block)
        if message is None:
            return None
        body = decode_content(message.payload, message.tokens("Content-Encoding"))
        return cls(url, message.status, message.header("Content-Type") or "", body, fetched)


@dataclass(slots=True)
class FetchedPage:
    """The page of an article address, as a spider yields it: its address and its place in the archive."""

    url: str
    capture: Capture = field(repr=False)
