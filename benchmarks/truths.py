"""Pages of sites built by other means, written as ``benchmarks.extraction`` reads them: a WARC file and its truths."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.records import new_id, warc_date
from tests.replica.story import Story


@dataclass
class Pages:
    """Article pages and their truths, to be written to ``<stem>.warc.gz`` and ``<stem>.truth.json``."""

    stem: Path
    pages: list[tuple[str, bytes, dict[str, Any]]] = field(default_factory=list)

    def add(self, url: str, body: bytes, truth: dict[str, Any]) -> None:
        """Keep a page and what its editor typed."""
        self.pages.append((url, body, truth | {"url": url}))

    def write(self) -> Path:
        """Write both files; the WARC file's path."""
        path = self.stem.with_name(f"{self.stem.name}.warc.gz")
        path.write_bytes(b"".join(_record(url, body) for url, body, _ in self.pages))
        truths = json.dumps([truth for _, _, truth in self.pages], ensure_ascii=False, indent=1)
        self.stem.with_name(f"{self.stem.name}.truth.json").write_text(truths, encoding="utf-8")
        return path


def _record(url: str, body: bytes) -> bytes:
    """A WARC/1.1 response record with ``body`` as an HTML page, in a gzip member."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
    block = head.encode() + body
    fields = {
        "WARC-Type": "response",
        "WARC-Record-ID": new_id(),
        "WARC-Date": warc_date(datetime.now(UTC)),
        "WARC-Target-URI": url,
        "Content-Type": "application/http;msgtype=response",
        "Content-Length": str(len(block)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return gzip.compress(f"WARC/1.1\r\n{lines}\r\n".encode() + block + b"\r\n\r\n")


def truth_of(story: Story) -> dict[str, Any]:
    """A row of the list of truths."""
    return {
        "title": story.title,
        "lead": story.lead,
        "paragraphs": story.paragraphs,
        "published": story.published.isoformat(),
        "authors": story.authors,
        "source": story.source_name,
        "captions": [photo.caption for _, photo in story.photos],
        "section": story.section,
        "tags": story.tags,
    }
