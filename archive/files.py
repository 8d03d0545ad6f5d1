"""Files that are either whole or not there, and logs that only grow: every line of JSON is on the disk or is not."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

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
    with writing_whole(path) as file:
        file.writelines(parts)


@contextmanager
def writing_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write into, which takes the place of ``path`` once all is written; if anything is raised, nothing does.

    Raises ``StorageError`` when the disk refuses.
    """
    part = path.with_name(path.name + PART_SUFFIX)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
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
    with locked_log(path) as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


@contextmanager
def locked_log(path: Path) -> Iterator[BinaryIO]:
    """The log ``path``, made if need be, to read and append to; nobody else appends meanwhile. Raises ``OSError``."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        sync_folder(path.parent.parent)
    while True:
        with path.open("ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Who held the lock before us may have put another file in the place of this one.
            if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                yield file
                return


def read_json_lines(path: Path, remedy: str) -> Iterator[dict[str, Any]]:
    """The lines of the log ``path``, oldest first; raises ``DamagedFile`` as ``json_of``."""
    return (value for _, value in placed_json_lines(path, remedy))


def placed_json_lines(path: Path, remedy: str, start: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """As ``read_json_lines``, from byte ``start`` on, each line with the byte at which it begins."""
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            value = json_of(line, path, start, remedy)
            if value is not None:
                yield start, value
            start += len(line)


def json_of(line: bytes, path: Path, offset: int, remedy: str) -> dict[str, Any] | None:
    """What ``line``, at ``offset`` in the log ``path``, says; ``None`` for a torn one, which a kill cut short.

    Such a line does not end in a brace. Raises ``DamagedFile`` for any other that is no JSON object; ``remedy`` says
    what to do with it.
    """
    try:
        value = json.loads(line)
    except ValueError as error:
        if line.rstrip().endswith(b"}"):
            raise DamagedFile(path, offset, f"not a JSON line ({error}); {remedy}") from error
        return None
    if not isinstance(value, dict):
        raise DamagedFile(path, offset, f"not a JSON object; {remedy}")
    return value
