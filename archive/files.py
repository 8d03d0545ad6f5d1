"""Files that are either whole or not there: written aside, forced to the disk, renamed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from archive.errors import StorageError

PART_SUFFIX = ".part"


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Make ``path`` hold ``parts``, whatever it held before; killed at any point, it holds the old or the new.

    Raises ``StorageError`` when the disk refuses.
    """
    part = path.with_name(path.name + PART_SUFFIX)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(
            f"{path}: writing failed: {error.strerror or error}. "
            "Free space or mend the disk, then start again: what was there before is unchanged."
        ) from error
