"""What the tests of WARC writing share: a page, an exchange, a writer with its index."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from archive.dedupe import Dedupe
from archive.layout import DataFolder
from archive.model import Exchange
from archive.warc import WarcOptions, WarcWriter

PORTAL = "baocaobang"
MOMENT = datetime(2026, 11, 21, 3, 4, 5, 678901, tzinfo=UTC)
BODY = (
    "<html><body><h1>Quảng Uyên: Làng rèn Phúc Sen vào vụ</h1><p>"
    + "Những ngày cuối năm, tiếng búa lại vang khắp xóm Pác Rằng, các hộ làm nghề rèn dao, cuốc phục vụ mùa vụ mới. "
    * 9
    + "</p></body></html>"
).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
PAGE = HEAD + BODY


def exchange(url: str = "https://baocaobang.vn/lang-ren-3161.html", response: bytes = PAGE, **more: Any) -> Exchange:
    """An exchange for ``url``; ``more`` are further fields of ``Exchange``."""
    request = f"GET {url} HTTP/1.1\r\nHost: baocaobang.vn\r\n\r\n".encode()
    return Exchange(url, more.pop("started", MOMENT), request, response, **more)


def writer(folder: DataFolder, dedupe: Dedupe | None = None, token: str = "abc123", **options: Any) -> WarcWriter:
    """A writer into ``folder`` that also writes the CDXJ."""
    return WarcWriter(folder.warc, PORTAL, {"software": "test"}, token, WarcOptions(**options), folder.cdx, dedupe)


def chunked(body: bytes, size: int, trailer: bytes = b"") -> bytes:
    """``body`` in a chunked response, ``size`` bytes a chunk."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    framed = b"".join(b"%X;q=1\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n" + trailer + b"\r\n"
