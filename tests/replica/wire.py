"""The replica's own copy of the truth: every exchange as it crossed the wire, in an append-only file."""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_LENGTHS = struct.Struct(">III")


@dataclass(frozen=True, slots=True)
class Sent:
    """One exchange: the request bytes as received, the response bytes as sent (empty when none went out).

    ``started`` and ``ended`` are monotonic seconds, ``wall`` is Unix time of the start. ``host`` is empty
    for a request that named none.
    """

    host: str
    scheme: str
    target: str
    request: bytes
    response: bytes
    started: float
    ended: float
    wall: float

    @property
    def url(self) -> str:
        """The absolute address that was asked for."""
        return f"{self.scheme}://{self.host}{self.target}"


class WireLog:
    """Appends exchanges to a file and counts them per URL.

    The file is a run of records: three big-endian 32-bit lengths, then JSON facts, request and response
    bytes of those lengths. With ``path`` ``None`` only the counting is done. ``counts`` is keyed by
    absolute URL.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self._file: BinaryIO | None = path.open("ab") if path else None

    def append(self, sent: Sent) -> None:
        """Count and, when there is a file, write one exchange; it is in the file when this returns."""
        self.counts[sent.url] += 1
        if self._file is None:
            return
        facts = (sent.host, sent.scheme, sent.target, sent.started, sent.ended, sent.wall)
        meta = json.dumps(facts).encode()
        lengths = _LENGTHS.pack(len(meta), len(sent.request), len(sent.response))
        self._file.write(b"".join((lengths, meta, sent.request, sent.response)))
        self._file.flush()

    def close(self) -> None:
        """Close the file; counting stays readable."""
        if self._file is not None:
            self._file.close()
            self._file = None


def read_log(path: Path) -> Iterator[Sent]:
    """The exchanges of a log file in order; a record cut short at the end is left out."""
    with path.open("rb") as file:
        while len(head := file.read(_LENGTHS.size)) == _LENGTHS.size:
            meta_length, request_length, response_length = _LENGTHS.unpack(head)
            blob = file.read(meta_length + request_length + response_length)
            if len(blob) < meta_length + request_length + response_length:
                return
            host, scheme, target, started, ended, wall = json.loads(blob[:meta_length])
            request = blob[meta_length : meta_length + request_length]
            response = blob[meta_length + request_length :]
            yield Sent(host, scheme, target, request, response, started, ended, wall)
