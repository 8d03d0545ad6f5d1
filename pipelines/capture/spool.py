"""Bytes that arrive piece by piece: in memory while they are few, in a nameless file when they grow."""

from __future__ import annotations

import tempfile
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO, Final

IN_MEMORY: Final = 1 << 20


class Spool:
    """Collects bytes; beyond ``limit`` they lie in an unlinked file in ``folder``, which a kill leaves no trace of.

    Raises ``OSError`` when the disk refuses.
    """

    __slots__ = ("_file", "_folder", "_length", "_limit", "_start")

    def __init__(self, folder: Path | None = None, limit: int = IN_MEMORY) -> None:
        self._folder = folder
        self._limit = limit
        self._start = bytearray()
        self._file: IO[bytes] | None = None
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, data: bytes) -> None:
        """Take ``data``."""
        if self._file is None and self._length + len(data) > self._limit:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed with the spool
            self._file.write(self._start)
            self._start.clear()
        if self._file is None:
            self._start += data
        else:
            self._file.write(data)
        self._length += len(data)

    def cut(self, count: int) -> None:
        """Forget the last ``count`` bytes."""
        self._length = max(self._length - count, 0)
        if self._file is None:
            del self._start[self._length :]
        else:
            self._file.truncate(self._length)
            self._file.seek(self._length)

    def block(self) -> bytes | mmap:
        """All bytes; those in a file are mapped, not read."""
        if self._file is None or not self._length:
            return bytes(self._start)
        self._file.flush()
        return mmap(self._file.fileno(), self._length, access=ACCESS_READ)

    def close(self) -> None:
        """Give the file back; a block that was mapped stays."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._start.clear()
        self._length = 0
