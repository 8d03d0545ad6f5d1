"""Gzip members for WARC records (RFC 1952, RFC 1951): text is pressed, what is compressed already is stored."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterator
from itertools import chain
from types import ModuleType
from typing import Final

from archive.errors import UsageError
from archive.records import PIECE, Block, pieces

_GZIP: Final = 31
_RAW: Final = -15
# No flags, no time, no system: equal records give equal bytes.
_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK: Final = b"\x01\x00\x00\xff\xff"
# The longest stored block, RFC 1951 §3.2.4.
_STORED: Final = 65_535
# zlib-ng asks for 350 kB in one piece for each member. Where large blocks go back to the system at once, as in a crawl,
# the kernel clears them anew each time: 0.1 ms, of which a request needs 0.01 for the rest. zlib's four are small ones.
_SHORT: Final = 4096
_END: Final = b"\r\n\r\n"
# The package that holds each compressor, and the highest level it knows.
_COMPRESSORS: Final = {
    "zlib-ng": ("zlib_ng.zlib_ng", 9),
    "isal": ("isal.isal_zlib", 3),
    "zlib": ("zlib", 9),
}


def compressor(name: str = "") -> tuple[ModuleType, int]:
    """The module that presses as ``name`` says, and its highest level; raises ``UsageError`` with the remedy."""
    if name and name not in _COMPRESSORS:
        raise UsageError(f"ARCHIVE_COMPRESSOR: {name!r} is none of {', '.join(_COMPRESSORS)}")
    for choice in (name,) if name else ("zlib-ng", "zlib"):
        module, highest = _COMPRESSORS[choice]
        try:
            return importlib.import_module(module), highest
        except ImportError as error:
            if name:
                raise UsageError(f"ARCHIVE_COMPRESSOR: {name} is not installed: pip install {name}") from error
    raise AssertionError("zlib is part of Python")


class Press:
    """Makes a gzip member of each record with the compressor ``name`` at ``level`` of zlib's scale."""

    def __init__(self, name: str = "", level: int = 6) -> None:
        self._module, highest = compressor(name)
        self._level = min(level, highest)

    def member(self, head: bytes, block: Block, stored_from: int | None = None) -> Iterator[bytes]:
        """The member of the record with ``head`` and ``block``, in one part or, of a long record, in many.

        From byte ``stored_from`` on, the block is compressed already: it goes into stored blocks as it is, which is
        both smaller and faster than pressing it again.
        """
        if len(block) > PIECE:
            yield from self._parts(head, block, stored_from)
        elif stored_from is None:
            record = b"".join((head, block, _END))
            engine = self._engine(_GZIP, len(record))
            yield engine.compress(record) + engine.flush()
        else:
            # In one part, so that a killed process leaves it whole.
            yield b"".join(self._parts(head, block, stored_from))

    def _parts(self, head: bytes, block: Block, stored_from: int | None) -> Iterator[bytes]:
        split = len(block) if stored_from is None else min(stored_from, len(block))
        engine = self._engine(_RAW, len(head) + split)
        crc, size = 0, 0
        yield _HEADER
        pressed: Iterator[bytes | memoryview] = chain([head], pieces(block, 0, split))
        for piece in pressed:
            crc, size = self._module.crc32(piece, crc), size + len(piece)
            yield engine.compress(piece)
        # A full flush ends at a byte, where stored blocks may follow.
        yield engine.flush(zlib.Z_FULL_FLUSH)
        stored: Iterator[bytes | memoryview] = chain(pieces(block, split), [_END])
        for piece in stored:
            crc, size = self._module.crc32(piece, crc), size + len(piece)
            yield from _stored(piece)
        yield _LAST_BLOCK + crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")

    def _engine(self, window_bits: int, size: int) -> zlib._Compress:
        """What presses ``size`` bytes."""
        module = zlib if size <= _SHORT else self._module
        engine: zlib._Compress = module.compressobj(self._level, zlib.DEFLATED, window_bits)
        return engine


def _stored(data: bytes | memoryview) -> Iterator[bytes]:
    """``data`` in stored blocks that are not the last, RFC 1951 §3.2.4."""
    for start in range(0, len(data), _STORED):
        part = bytes(data[start : start + _STORED])
        size = len(part)
        yield b"\x00" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + part


def gzip_member(record: bytes, level: int) -> bytes:
    """``record`` as one gzip member without name or time, so that equal records give equal bytes."""
    module, highest = compressor()
    engine = module.compressobj(min(level, highest), zlib.DEFLATED, _GZIP)
    return bytes(engine.compress(record) + engine.flush())
