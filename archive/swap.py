"""Letting a finished folder take the place of a published one: in one step where the kernel can, in two where not."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any, Final

from archive.errors import StorageError
from archive.files import sync_folder

OLD_SUFFIX: Final = ".old"
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def swap(made: Path, place: Path) -> None:
    """Let ``made`` and ``place`` change places; in two steps, ``place`` lies beside ``made`` after it, ``.old``.

    Raises ``StorageError`` when the disk refuses; ``place`` is as it was then.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
        library: Any = ctypes.CDLL(None, use_errno=True)
        rename = getattr(library, "renameat2", None)
        done = rename is not None and not rename(
            _AT_FDCWD, os.fsencode(made), _AT_FDCWD, os.fsencode(place), _RENAME_EXCHANGE
        )
        if not done:
            _rename_both(made, place)
        sync_folder(place.parent)
        sync_folder(made.parent)
    except OSError as error:
        raise StorageError(f"{place}: the new tables could not take its place: {error.strerror}") from error


def _rename_both(made: Path, place: Path) -> None:
    old = made.with_name(place.name + OLD_SUFFIX)
    place.rename(old)
    try:
        made.rename(place)
    except OSError:
        old.rename(place)
        raise


def undo_swap(old: Path, place: Path) -> None:
    """Put ``old`` back in its ``place`` if a swap was killed between its two steps; raises ``OSError``."""
    if not place.exists():
        old.rename(place)
        sync_folder(place.parent)
