"""Files that are either whole or not there, and logs that only grow: every line of JSON is on the disk or is not."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from archive.errors import DamagedFile, StorageError

PART_SUFFIX = ".part"


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def link(path: Path, place: Path) -> None:
    """Give the file ``path`` the second name ``place``; where the file system has none, ``place`` is a synced copy.

    Raises ``OSError`` when the disk refuses.
    """
    try:
        os.link(path, place)
    except PermissionError:
        shutil.copy2(path, place)
        with place.open("rb") as copy:
            os.fsync(copy.fileno())


def require_space(folder: Path, reserve: int) -> None:
    """Raise ``StorageError`` if fewer than ``reserve`` bytes are free for us on the disk of ``folder``.

    A folder that is not there yet counts as the one it will lie in.
    """
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    try:
        disk = os.statvfs(place)
    except OSError as error:
        raise StorageError(f"{place}: {error.strerror}. Mend the disk, then start again.") from error
    free = disk.f_bavail * disk.f_frsize
    if free < reserve:
        raise StorageError(
            f"{folder}: {free / 1e6:,.0f} MB are free on this disk, and {reserve / 1e6:,.0f} MB are kept in reserve "
            "(ARCHIVE_DISK_RESERVE). Free space, or move the data folder to a larger disk, then start again: "
            "everything committed before is safe."
        )


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


def json_line(value: dict[str, Any]) -> bytes:
    """``value`` as a line of a log."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def append_line(path: Path, line: bytes) -> None:
    """Append ``line`` to the log ``path`` under a lock, and force it to the disk; raises ``OSError`` when it refuses.

    A line that an earlier process was killed in the middle of is ended first, so that it spoils no other.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def read_json_lines(path: Path, remedy: str, containing: bytes = b"") -> Iterator[dict[str, Any]]:
    """The lines of the log ``path``, oldest first; raises ``DamagedFile`` at one that is no JSON, unless it is torn.

    Lines without the bytes ``containing`` are passed over unread. A torn line is one that a kill cut short: it does not
    end in a brace and is passed over.
    """
    if not path.exists():
        return
    offset = 0
    with path.open("rb") as file:
        for line in file:
            try:
                if containing in line:
                    yield json.loads(line)
            except ValueError as error:
                if line.rstrip().endswith(b"}"):
                    raise DamagedFile(path, offset, f"not a JSON line ({error}); {remedy}") from error
            offset += len(line)
