"""WARC files as other people's tools write them, made with warcio from the sample pages."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any, Literal

from backports import zstd
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.archive.samples import FIRST_FETCH, LISTING, PAGES, SamplePage

Style = Literal["wget", "browsertrix", "commoncrawl", "heritrix", "warcprox"]
Framing = Literal["members", "plain", "one gzip", "zstd", "zstd with dictionary"]

SOFTWARE: dict[str, str] = {
    "wget": "Wget/1.21.3 (linux-gnu)",
    "browsertrix": "Browsertrix-Crawler 1.6.0 (with warcio.js 2.4.3)",
    "commoncrawl": "Apache Nutch 1.20 (modified, https://github.com/commoncrawl/nutch/)",
    "heritrix": "heritrix/3.4.0-20240315 http://crawler.archive.org",
    "warcprox": "warcprox 2.4.25",
}
FIDELITY: dict[str, str] = {
    "wget": "wire",
    "browsertrix": "reconstructed",
    "commoncrawl": "reconstructed",
    "heritrix": "wire",
    "warcprox": "wire",
}


class ForeignWarc:
    """Writes one WARC in the style of ``style``; ``data`` is the file, a gzip member a record."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._file = BytesIO()
        version = "WARC/1.1" if style == "browsertrix" else "WARC/1.0"
        self._writer = WARCWriter(self._file, gzip=True, warc_version=version)
        self._version = version
        info = {"software": SOFTWARE[style], "format": "WARC File Format 1.0"}
        self._writer.write_record(self._writer.create_warcinfo_record(f"{style}.warc.gz", info))

    @property
    def data(self) -> bytes:
        """The file so far."""
        return self._file.getvalue()

    def page(self, page: SamplePage, number: int) -> ForeignWarc:
        """Add request and response of ``page``, fetched ``number`` seconds after the first."""
        named = self._named(number)
        if self.style == "heritrix" and number == 0:
            self._dns(named)
        target = f"<{page.url}>" if self.style == "wget" else page.url
        body, headers = self._message(page)
        record = self._record(target, "response", body, StatusAndHeaders(page.status, headers, "HTTP/1.1"), named)
        if self.style == "browsertrix":
            digest = "sha256:" + hashlib.sha256(body).hexdigest()
            record.rec_headers.replace_header("WARC-Payload-Digest", digest)
        asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "baocaobang.vn")], is_http_request=True)
        beside = {**named, "WARC-Concurrent-To": record.rec_headers.get_header("WARC-Record-ID")}
        request = self._record(target, "request", b"", asked, beside)
        for one in (record, request) if self.style == "browsertrix" else (request, record):
            self._writer.write_record(one)
        return self

    def revisit(self, page: SamplePage, number: int, of: SamplePage, first: int) -> ForeignWarc:
        """Add a revisit of the payload of ``of``, told as warcprox does: by address and date, without an id."""
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        named = self._named(number) | {
            "WARC-Profile": "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest",
            "WARC-Refers-To-Target-URI": of.url,
            "WARC-Refers-To-Date": self._named(first)["WARC-Date"],
            "WARC-Payload-Digest": "sha1:" + "A" * 32,
            "WARC-Truncated": "length",
        }
        self._writer.write_record(self._record(page.url, "revisit", b"", headers, named))
        return self

    def _named(self, number: int) -> dict[str, str]:
        return {"WARC-Date": (FIRST_FETCH + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _record(self, target: str, kind: str, body: bytes, headers: Any, named: dict[str, str]) -> Any:
        return self._writer.create_warc_record(
            target, kind, payload=BytesIO(body), length=len(body), http_headers=headers, warc_headers_dict=named
        )

    def _message(self, page: SamplePage) -> tuple[bytes, list[tuple[str, str]]]:
        """Body and headers of the response as this tool keeps them."""
        body = page.body
        headers = [("Content-Type", "text/html; charset=utf-8")]
        length = ("Content-Length", str(len(body)))
        if self.style == "browsertrix":
            return body, [*headers, ("x-orig-content-encoding", "br"), ("x-orig-transfer-encoding", "chunked"), length]
        if self.style == "commoncrawl":
            renamed = [("X-Crawler-Content-Encoding", "gzip"), ("X-Crawler-Content-Length", "812")]
            return body, [*headers, *renamed, length]
        if self.style == "heritrix":
            half = len(body) // 2
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]))
            return chunks + b"0\r\n\r\n", [*headers, ("Transfer-Encoding", "chunked")]
        return body, [*headers, length]

    def _dns(self, named: dict[str, str]) -> None:
        """Heritrix keeps what the name server said as a response record of its own."""
        answer = b"20240105020000\nbaocaobang.vn.\t3600\tIN\tA\t203.0.113.7\n"
        record = self._writer.create_warc_record(
            "dns:baocaobang.vn",
            "response",
            payload=BytesIO(answer),
            length=len(answer),
            warc_content_type="text/dns",
            warc_headers_dict=named,
        )
        self._writer.write_record(record)


def foreign_warc(style: Style, pages: Sequence[SamplePage] = (*PAGES, LISTING)) -> bytes:
    """The ``pages`` in a WARC as the tool ``style`` writes it, a gzip member a record."""
    warc = ForeignWarc(style)
    for number, page in enumerate(pages):
        warc.page(page, number)
    data = warc.data
    return _without_block_digests(data) if style == "heritrix" else data


def _without_block_digests(data: bytes) -> bytes:
    """Heritrix writes payload digests only."""
    return b"".join(
        gzip.compress(re.sub(rb"WARC-Block-Digest:[^\r]*\r\n", b"", record, count=1)) for record in records_of(data)
    )


def records_of(data: bytes) -> list[bytes]:
    """The records of a WARC with a gzip member each."""
    records, file = [], io.BytesIO(data)
    raw = gzip.GzipFile(fileobj=file).read()
    starts = [match.start() for match in re.finditer(rb"WARC/1\.[01]\r\n", raw)]
    for start, end in zip(starts, [*starts[1:], len(raw)], strict=True):
        records.append(raw[start:end])
    return records


def framed(data: bytes, framing: Framing) -> bytes:
    """The records of ``data`` in another framing."""
    records = records_of(data)
    if framing == "members":
        return data
    if framing == "one gzip":
        return gzip.compress(b"".join(records))
    if framing == "plain":
        return b"".join(records)
    if framing == "zstd":
        return b"".join(map(zstd.compress, records))
    dictionary = zstd.train_dict([bytes(record[at : at + 64]) for record in records for at in range(0, 600, 8)], 2048)
    packed = zstd.compress(dictionary.dict_content)
    pressed = (zstd.compress(record, zstd_dict=dictionary) for record in records)
    return b"\x5d\x2a\x4d\x18" + len(packed).to_bytes(4, "little") + packed + b"".join(pressed)


SUFFIX: dict[Framing, str] = {
    "members": ".warc.gz",
    "plain": ".warc",
    "one gzip": ".warc.gz",
    "zstd": ".warc.zst",
    "zstd with dictionary": ".warc.zst",
}
Tamper = Callable[[bytes], bytes]
