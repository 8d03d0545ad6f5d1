"""Rows of the captures table: what one WARC record of a portal says about itself."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import tldextract

from archive.httpmessage import ResponseMessage
from archive.model import Exchange
from archive.urlkey import urlkey
from archive.warc import WrittenExchange

# The list of public suffixes that ships with the package; never the network's.
_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.I)
_FEED_MIME = re.compile(r"[/+](?:xml|rss|atom|json)\b", re.I)
# RIFF and ISO files say at byte 8 what they contain.
_CONTAINERS = {b"WEBP": "image/webp", b"avif": "image/avif", b"heic": "image/heic"}
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"<svg", "image/svg+xml"),
    (b"<?xml", "application/xml"),
    (b"{", "application/json"),
    (b"[", "application/json"),
)

Row = dict[str, Any]


def capture_row(exchange: Exchange, written: WrittenExchange, portal: str, run_id: str) -> Row:
    """The captures row of ``exchange``: its response record, or its request record when nobody answered.

    Columns are those of ``archive.schema.CAPTURES``. ``outcome`` is what the exchange alone can tell
    (robots, redirect, error, image, feed, listing); pages that may be articles are settled by the extractor.
    """
    ref = written.response or written.request
    message = written.message
    content = _content_columns(message)
    outcome, reason = _outcome(exchange, message, content["content_mime_detected"])
    return {
        **_url_columns(exchange.url),
        "fetch_time": exchange.started,
        "fetch_status": message.status if message else None,
        "fetch_redirect": message.header("Location") if message and 300 <= message.status < 400 else None,
        "content_digest": written.digest.partition(":")[2] if written.digest else None,
        **content,
        "content_languages": None,
        "content_truncated": exchange.truncated,
        "warc_filename": ref.warc_filename,
        "warc_record_offset": ref.offset,
        "warc_record_length": ref.length,
        "warc_record_id": ref.record_id,
        "warc_segment": None,
        "portal": portal,
        "run_id": run_id,
        "record_type": written.record_type if written.response else "request",
        "revisit_of": written.revisit_of,
        "fidelity": exchange.fidelity,
        "discovered_via": exchange.via,
        "outcome": outcome,
        "outcome_reason": reason,
    }


def _url_columns(url: str) -> Row:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return {
        "url_surtkey": urlkey(url),
        "url": url,
        "url_host_name": host,
        "url_host_registered_domain": registered_domain(host),
        "url_protocol": parts.scheme,
        "url_path": parts.path or "/",
        "url_query": parts.query or None,
    }


@lru_cache(maxsize=4096)
def registered_domain(host: str) -> str | None:
    """The domain that was registered, ``baocaobang.vn`` of ``m.baocaobang.vn``; ``None`` for hosts without one."""
    return _suffixes(host).top_domain_under_public_suffix or None


def _content_columns(message: ResponseMessage | None) -> Row:
    declared = message.header("Content-Type") if message else None
    charset = _CHARSET.search(declared or "")
    return {
        "content_mime_type": declared.partition(";")[0].strip().lower() if declared else None,
        "content_mime_detected": _sniff(message) if message else None,
        "content_charset": charset.group(1).lower() if charset else None,
    }


def _sniff(message: ResponseMessage) -> str | None:
    """The media type by the first bytes; ``None`` for a coded body, which is not unpacked for this."""
    if message.header("Content-Encoding"):
        return None
    head = message.payload_start(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, mime in _MAGIC:
        if head.startswith(magic):
            return mime
    if head[:4] == b"RIFF" or head[4:8] == b"ftyp":
        return _CONTAINERS.get(head[8:12])
    return "text/html" if re.match(rb"<(?:!doctype html|html|head|body|!--)", head, re.I) else None


def _outcome(exchange: Exchange, message: ResponseMessage | None, detected: str | None) -> tuple[str, str | None]:
    if message is None:
        return "error", exchange.truncated or "no HTTP response"
    if urlsplit(exchange.url).path == "/robots.txt":
        return "robots", None if message.status == 200 else f"status {message.status}"
    if 300 <= message.status < 400:
        return ("redirect", None) if message.header("Location") else ("other", f"status {message.status}")
    if message.status != 200:
        return "error", f"status {message.status}"
    if exchange.truncated:
        return "error", f"truncated: {exchange.truncated}"
    mime = message.header("Content-Type") or ""
    if _is_image(message, detected):
        return "image", None
    if _FEED_MIME.search(mime.partition(";")[0]) and "xhtml" not in mime:
        return "feed", None
    return ("listing", None) if "html" in mime.lower() or not mime else ("other", None)


def is_image(message: ResponseMessage) -> bool:
    """Whether the body of ``message`` is an image, by its first bytes or else by the declared type."""
    return _is_image(message, _sniff(message))


def _is_image(message: ResponseMessage, detected: str | None) -> bool:
    if detected is not None and detected != "application/xml":
        return detected.startswith("image/")
    declared = (message.header("Content-Type") or "").strip().lower()
    return declared.startswith("image/") and bool(message.payload)
