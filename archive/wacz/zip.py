"""A ZIP file that the same input always makes the same: stored entries, fixed times, sizes and digests kept."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO

# The earliest time that a ZIP file can name: the bytes inside say when they are from.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR = 0o100644 << 16
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished file of the ZIP: path, SHA-256 (hex) and length in bytes."""

    path: str
    sha256: str
    length: int


class EntryWriter:
    """Writes one file of the ZIP and digests it on the way; ``length`` counts the bytes so far."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._digest = hashlib.sha256()
        self.length = 0

    def write(self, data: bytes) -> None:
        """Append ``data``."""
        self._out.write(data)
        self._digest.update(data)
        self.length += len(data)

    @property
    def sha256(self) -> str:
        """The digest of what was written so far, hex."""
        return self._digest.hexdigest()


class StoredZip:
    """Writes stored entries one after another into ``file``, which must be seekable; sizes may exceed 4 GiB."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.entries: list[Entry] = []

    @contextmanager
    def entry(self, path: str, length: int) -> Iterator[EntryWriter]:
        """A writer for the file ``path`` of ``length`` bytes; the entry is complete when the context ends.

        The length is asked for in advance because ReplayWeb.page takes the extra fields of an entry's own header to
        be as long as those in the directory: room for 64-bit sizes must be made only where it is needed.
        """
        info = zipfile.ZipInfo(path, _EPOCH)
        info.file_size = length
        info.compress_type = zipfile.ZIP_STORED
        info.external_attr = _REGULAR
        info.create_system = 3
        with self._zip.open(info, "w") as out:
            writer = EntryWriter(out)  # type: ignore[arg-type]
            yield writer
        self.entries.append(Entry(path, writer.sha256, writer.length))

    def add(self, path: str, data: bytes) -> Entry:
        """Write ``data`` as the file ``path``."""
        with self.entry(path, len(data)) as writer:
            writer.write(data)
        return self.entries[-1]

    def copy(self, path: str, source: IO[bytes]) -> Entry:
        """Write what ``source`` holds, a seekable file, as the file ``path``."""
        length = source.seek(0, os.SEEK_END)
        source.seek(0)
        with self.entry(path, length) as writer:
            while piece := source.read(_PIECE):
                writer.write(piece)
        return self.entries[-1]

    def close(self) -> None:
        """Write the directory of the ZIP."""
        self._zip.close()
