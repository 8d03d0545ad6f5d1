"""Exchanges that another download handler made: put together again from what Scrapy kept, and marked so.

Reason phrase, case, order and repetition of headers, transfer coding and the moment of sending are not what
crossed the wire; the record says ``reconstructed``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.model import Exchange
from pipelines.capture.tap import fingerprint

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Headers, Response

Field = tuple[bytes, bytes]


def reconstruct(request: Request, response: Response) -> Exchange:
    """The exchange behind ``response`` as far as it is known; ``fidelity`` is ``reconstructed``."""
    latency = timedelta(seconds=request.meta.get("download_latency", 0))
    certificate = getattr(response.certificate, "original", None)
    return Exchange(
        url=request.url.partition("#")[0],
        started=datetime.now(UTC) - latency,
        request=_request(request),
        response=_response(response),
        ip=str(response.ip_address) if response.ip_address else None,
        protocols=(response.protocol.lower(),) if response.protocol else (),
        certificate_sha256=fingerprint(certificate),
        fidelity="reconstructed",
        truncated="disconnect" if {"partial", "dataloss"} & set(response.flags) else None,
        via=request.meta.get("via"),
    )


def _request(request: Request) -> bytes:
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = list(_fields(request.headers))
    if not any(name.lower() == b"host" for name, _ in fields):
        fields.insert(0, (b"Host", parts.netloc.rpartition("@")[2].encode()))
    return _message(f"{request.method} {target} HTTP/1.1".encode(), fields, request.body)


def _response(response: Response) -> bytes:
    """Status line, headers and body; the body is without transfer coding, so its header and a wrong length go."""
    spoken = (response.protocol or "").upper()
    version = spoken if spoken.startswith("HTTP/1.") else "HTTP/1.1"
    phrase = {status.value: status.phrase for status in HTTPStatus}.get(response.status, "")
    fields = [
        (name, value)
        for name, value in _fields(response.headers)
        if name.lower() not in (b"transfer-encoding", b"content-length")
    ]
    fields.append((b"Content-Length", b"%d" % len(response.body)))
    return _message(f"{version} {response.status} {phrase}".encode(), fields, response.body)


def _fields(headers: Headers) -> Iterator[Field]:
    for name, values in headers.items():
        for value in values:
            yield name, value


def _message(start: bytes, fields: list[Field], body: bytes) -> bytes:
    return b"\r\n".join((start, *(name + b": " + value for name, value in fields), b"", body))
