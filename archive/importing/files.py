"""Bringing a foreign WARC file into ``warc/``: as it is where our readers can read it, else framed anew.

Framing anew changes no byte of any record: version line, header lines, angle brackets and blocks stay, and each
record becomes a gzip member of its own. How a file is named stands in ``archive.importing.names``.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from archive.errors import DamagedFile, StorageError, UsageError
from archive.files import sync_folder
from archive.importing.names import PREFIX, Origin
from archive.importing.read import MAX_RATIO, RawRecord, RecordReader
from archive.layout import DataFolder
from archive.members import Record, walk_members
from archive.warc import gzip_member

_PORTAL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_SUFFIXES = re.compile(r"(?:\.(?:warc|wacz|gz|zst|open))+$", re.I)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_RATIO_FROM = 64 * 1024 * 1024
_LEVEL = 6


@dataclass(slots=True)
class Brought:
    """A foreign file in ``warc/``: whether it had to be framed anew, and the records too large to keep."""

    path: Path
    origin: Origin
    normalised: bool = False
    left_out: list[RawRecord] = field(default_factory=list)


def workshop(folder: DataFolder, run_id: str) -> Path:
    """Where the import ``run_id`` keeps what is not finished; nobody needs it when the run has ended."""
    return folder.state / "import" / run_id


def file_token(path: Path) -> str:
    """The first twelve hex digits of the SHA-256 of the file; raises ``StorageError`` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:12]
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}") from error


def find_imported(folder: DataFolder, token: str) -> Path | None:
    """The file in ``warc/`` that was made of the file with ``token``, if there is one."""
    return next(iter(sorted(folder.warc.glob(f"{PREFIX}*-{token}.warc.gz"))), None)


def check_portal(portal: str | None) -> None:
    """Raise ``UsageError`` for a name that can be no portal's: it becomes part of file names."""
    if portal is not None and not _PORTAL.fullmatch(portal):
        raise UsageError(f"--portal {portal!r}: a portal's name has letters, digits, points, lines and hyphens only.")


def bring(
    folder: DataFolder, source: Path, old_name: str, portal: str | None = None, reference: bool = False
) -> Brought:
    """Copy ``source`` into ``warc/``, link to it (``reference``), or frame it anew where it must be.

    The result appears whole or not at all. Raises ``DamagedFile`` naming the place for a file that is no WARC or
    is damaged, ``UsageError`` for a reference to a file that must be framed anew, ``StorageError`` for the disk.
    """
    origin = Origin(_stem(old_name), file_token(source), portal)
    stage = workshop(folder, origin.run_id)
    part = stage / "warc.part"
    try:
        stage.mkdir(parents=True, exist_ok=True)
        folder.warc.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        whole = first_date(source) if is_whole(source, old_name) else None
        if whole is not None:
            brought = Brought(folder.warc / _name(origin, whole), origin)
            _copy(source, part, reference)
        else:
            brought = _normalise(folder, source, old_name, origin, part, reference)
        part.rename(brought.path)
        sync_folder(folder.warc)
    except OSError as error:
        raise StorageError(
            f"{error.filename or part}: importing {old_name} failed: {error.strerror or error}. "
            "Free space or mend the disk, then import again; nothing of it is in the archive."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return brought


def is_whole(path: Path, name: str) -> bool:
    """Whether every record of the file is one whole gzip member, which is what our readers want.

    Raises ``DamagedFile`` for a file that inflates beyond reason.
    """
    inflated = end = 0
    try:
        for offset, length, record in walk_members(path):
            inflated += len(record.block)
            end = offset + length
            if inflated > max(_RATIO_FROM, MAX_RATIO * end):
                break
    except DamagedFile:
        return False
    if inflated > max(_RATIO_FROM, MAX_RATIO * end):
        raise DamagedFile(name, end, f"the data inflates more than {MAX_RATIO} times: refused")
    return True


def first_date(path: Path) -> datetime | None:
    """The date of the first record, or ``None`` for a file without records."""
    record: Record
    for _, _, record in walk_members(path):
        return record.date
    return None


def _copy(source: Path, part: Path, reference: bool) -> None:
    if reference:
        part.symlink_to(source.resolve())
        return
    with source.open("rb") as inner, part.open("xb") as outer:
        shutil.copyfileobj(inner, outer, 1024 * 1024)
        _to_disk(outer)


def _normalise(folder: DataFolder, source: Path, old_name: str, origin: Origin, part: Path, reference: bool) -> Brought:
    """Write the records of ``source`` into ``part``, a gzip member each."""
    if reference:
        raise UsageError(
            f"{old_name}: cannot be referenced, because its records are not single gzip members. "
            "Import it without --reference: it is then written anew, its records unchanged."
        )
    left_out: list[RawRecord] = []
    with source.open("rb") as packed, part.open("xb") as out:
        for record in RecordReader(packed, old_name):
            if record.block is None:
                left_out.append(record)
                continue
            out.write(gzip_member(b"".join((record.head, record.block, b"\r\n\r\n")), _LEVEL))
        _to_disk(out)
    date = first_date(part)
    if date is None:
        raise DamagedFile(old_name, 0, "there is no WARC record in this file")
    if not is_whole(part, old_name):
        raise DamagedFile(old_name, 0, "it holds a record head that cannot be read twice alike")
    return Brought(folder.warc / _name(origin, date), origin, True, left_out)


def _to_disk(file: BinaryIO | Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _stem(old_name: str) -> str:
    base = _SUFFIXES.sub("", Path(old_name).name)
    return _UNSAFE.sub(".", base).strip(".-")[:80] or "unnamed"


def _name(origin: Origin, date: datetime) -> str:
    stamp = date.strftime("%Y%m%d%H%M%S%f")[:17]
    prefix = f"{PREFIX}.{origin.portal}" if origin.portal else PREFIX
    return f"{prefix}-{stamp}-00000-{origin.stem}-{origin.token}.warc.gz"
