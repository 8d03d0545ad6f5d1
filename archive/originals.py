"""Finding the record whose payload a revisit repeats, through the merged CDXJ index."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from types import TracebackType

from archive.cdx import INDEX
from archive.errors import BaotinhError
from archive.layout import DataFolder
from archive.members import Record, parse_date, read_member
from archive.urlkey import urlkey


class Originals:
    """The records that revisits refer to, by address, date and id; use it in ``with``.

    The index is that of ``cdx``; the WARC files lie in ``warc``. Nothing is held in memory: a line is found by
    bisection, a record is read when it is asked for.
    """

    def __init__(self, cdx: DataFolder, warc: Path) -> None:
        self._warc = warc
        self._index: mmap.mmap | bytes = b""
        path = cdx.cdx / INDEX
        if path.exists() and path.stat().st_size:
            with path.open("rb") as file:
                self._index = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __enter__(self) -> Originals:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(self._index, mmap.mmap):
            self._index.close()

    def find(self, revisit: Record) -> Record | None:
        """The record that ``revisit`` refers to (WARC 1.1 §6.7), or ``None`` if it is not in the archive."""
        url = (revisit.header("WARC-Refers-To-Target-URI") or "").strip("<>")
        identity = revisit.header("WARC-Refers-To")
        try:
            moment = parse_date(revisit.header("WARC-Refers-To-Date") or "")
        except ValueError:
            return None
        found = (self._read(fields) for fields in self._lines(url, moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")))
        same = [record for record in found if record is not None and record.type == "response"]
        return next((one for one in same if one.record_id == identity), None if identity else next(iter(same), None))

    def _lines(self, url: str, stamp: str) -> Iterator[dict[str, str]]:
        """The fields of the lines for ``url`` at the second ``stamp``."""
        prefix = f"{urlkey(url)} {stamp} ".encode()
        at = self._first_not_below(prefix)
        while self._index[at : at + len(prefix)] == prefix:
            end = self._index.find(b"\n", at) + 1 or len(self._index)
            yield json.loads(self._index[at + len(prefix) : end])
            at = end

    def _first_not_below(self, wanted: bytes) -> int:
        """The offset of the first line that is not below ``wanted`` by its bytes."""
        low, high = 0, len(self._index)
        while low < high:
            middle = (low + high) // 2
            start = self._index.rfind(b"\n", low, middle) + 1 or low
            end = self._index.find(b"\n", middle) + 1 or len(self._index)
            if self._index[start:end] < wanted:
                low = end
            else:
                high = start
        return low

    def _read(self, fields: dict[str, str]) -> Record | None:
        try:
            return read_member(self._warc / Path(fields["filename"]).name, int(fields["offset"]), int(fields["length"]))
        except (BaotinhError, KeyError, ValueError):
            return None
