"""Getting every whole record out of a damaged WARC file, and saying what could not be got.

The original is never overwritten: what is cut from a file is kept beside it, byte for byte.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from archive.claims import is_locked
from archive.errors import DamagedFile, StorageError, UsageError
from archive.files import PART_SUFFIX, sync_folder
from archive.layout import OPEN_SUFFIX
from archive.members import Record, next_member, walk_members

DAMAGED = "damaged"
_COPY = 1024 * 1024
_PEEK = 64 * 1024
_TARGET = re.compile(rb"^WARC-Target-URI:[ \t]*<?([^\s>]+)", re.I | re.M)


@dataclass(slots=True)
class Lost:
    """Bytes ``start`` to ``end`` (beyond the last) of a file that are no whole record, and whose pages they were.

    ``urls`` are read from what is left of the damaged record, from the request whose response is missing, or
    from rows that point here; ``before`` and ``after`` are the addresses of the whole records around it.
    """

    start: int
    end: int
    problem: str
    urls: list[str] = field(default_factory=list)
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        told = ", ".join(self.urls) or f"after {self.before or 'the start'}, before {self.after or 'the end'}"
        return f"bytes {self.start} to {self.end} ({self.problem}): {told}"


@dataclass(slots=True)
class Salvage:
    """What became of a file: records and bytes kept, stretches lost, where the whole records are now.

    ``result`` is ``None`` when no record was whole; ``remains`` is what was set aside, ``None`` when nothing.
    """

    path: Path
    records: int = 0
    kept: int = 0
    lost: list[Lost] = field(default_factory=list)
    result: Path | None = None
    remains: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain values for JSON."""
        return {
            "file": str(self.path),
            "records": self.records,
            "bytes": self.kept,
            "lost": [asdict(lost) for lost in self.lost],
            "result": str(self.result) if self.result else None,
            "remains": str(self.remains) if self.remains else None,
        }


def walk_kept(path: Path, lost: list[Lost], start: int = 0) -> Iterator[tuple[int, int, Record]]:
    """``walk_members`` that goes on behind damage; each stretch passed over is appended to ``lost``."""
    at: int | None = start
    before: str | None = None
    while at is not None:
        try:
            for offset, length, record in walk_members(path, at):
                if lost and lost[-1].end == offset:
                    lost[-1].after = record.url
                before = record.url or before
                yield offset, length, record
            at = None
        except DamagedFile as damage:
            at = next_member(path, damage.offset)
            end = path.stat().st_size if at is None else at
            lost.append(Lost(damage.offset, end, damage.problem, _peek(path, damage.offset, end), before))


def salvage_open(path: Path) -> Salvage:
    """Give the ``.open`` file of a dead run its final name, with every whole record and nothing else.

    A file without damage is renamed. From any other the whole records are copied; of a torn tail the bytes
    beyond the cut, of worse damage the whole original goes to ``damaged/``. Killed at any point, it can be
    called again. Raises ``StorageError`` when the disk refuses and ``UsageError`` when the file is being written.
    """
    if is_locked(path):
        raise UsageError(f"{path} is being written; wait until its run has ended.")
    final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    try:
        found, stretches = _scan(path)
        if found.records and not found.lost and not final.exists():
            _sync_file(path)
            path.rename(final)
            found.result = final
        else:
            _replace(path, final, found, stretches)
        sync_folder(path.parent)
    except OSError as error:
        raise _storage_error(path, error) from error
    return found


def salvage_closed(path: Path) -> Salvage:
    """Mend a closed WARC file of an archive: under its name only whole records, the original in ``damaged/``.

    Offsets behind damage change, so the rows of the file must be made again. A whole file is left alone.
    """
    if is_locked(path):
        raise UsageError(f"{path} is being written; wait until its run has ended.")
    try:
        found, stretches = _scan(path)
        if not found.lost:
            found.result = path
            return found
        aside = _aside(path, path.name)
        # A second name for the original, so that the mended file can take the first in one step.
        aside.hardlink_to(path)
        sync_folder(aside.parent)
        found.remains = aside
        if found.records:
            _copy(path, stretches, part := aside.with_name(path.name + PART_SUFFIX))
            part.replace(path)
            found.result = path
        else:
            path.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise _storage_error(path, error) from error
    return found


def salvage_copy(path: Path) -> Salvage:
    """Copy the whole records of any file to ``<name>.salvaged.warc.gz`` beside it; a whole file is left alone."""
    try:
        found, stretches = _scan(path)
        if found.lost and found.records:
            stem = path.name.removesuffix(OPEN_SUFFIX).removesuffix(".gz").removesuffix(".warc")
            result = path.with_name(f"{stem}.salvaged.warc.gz")
            _copy(path, stretches, part := result.with_name(result.name + PART_SUFFIX))
            part.replace(result)
            sync_folder(path.parent)
            found.result, found.remains = result, path
        elif found.records:
            found.result = path
    except OSError as error:
        raise _storage_error(path, error) from error
    return found


def _replace(path: Path, final: Path, found: Salvage, stretches: list[tuple[int, int]]) -> None:
    """The steps from a damaged ``.open`` file to a closed one; each leaves a state that can be taken up again."""
    if found.records and not final.exists():
        _copy(path, stretches, part := _aside(path, final.name + PART_SUFFIX))
        part.rename(final)
        sync_folder(final.parent)
    found.result = final if found.records else None
    torn = found.kept == (found.lost[0].start if found.lost else 0)
    if not torn:
        found.remains = _aside(path, path.name)
        path.rename(found.remains)
        sync_folder(found.remains.parent)
        return
    if found.lost:
        found.remains = _keep_tail(path, final.name, found.lost[0])
    # Every byte of it is in the closed file or in the torn tail.
    path.unlink()


def _keep_tail(path: Path, name: str, lost: Lost) -> Path:
    """Copy the bytes behind the last whole record to ``damaged/<name>.torn``."""
    part = _aside(path, f"{name}.torn{PART_SUFFIX}")
    tail = part.with_suffix("")
    _copy(path, [(lost.start, lost.end)], part)
    part.replace(tail)
    sync_folder(tail.parent)
    return tail


def _scan(path: Path) -> tuple[Salvage, list[tuple[int, int]]]:
    """What is whole in ``path``: the outcome so far, and the stretches of whole records."""
    found = Salvage(path)
    stretches: list[tuple[int, int]] = []
    unanswered: dict[str, tuple[int, str]] = {}
    for offset, length, record in walk_kept(path, found.lost):
        found.records += 1
        found.kept += length
        if stretches and stretches[-1][1] == offset:
            stretches[-1] = (stretches[-1][0], offset + length)
        else:
            stretches.append((offset, offset + length))
        _pair(record, offset + length, unanswered)
    for lost in found.lost:
        said = [url for end, url in unanswered.values() if end == lost.start]
        lost.urls = list(dict.fromkeys([*said, *lost.urls]))
    return found, stretches


def _pair(record: Record, end: int, unanswered: dict[str, tuple[int, str]]) -> None:
    """Keep end and address of requests that name a response which has not come yet, by the response's id."""
    other = record.header("WARC-Concurrent-To")
    if record.type == "request" and other and record.url:
        unanswered[other] = (end, record.url)
    else:
        unanswered.pop(record.record_id, None)


def _peek(path: Path, start: int, end: int) -> list[str]:
    """The target URI in what can still be inflated of the record at ``start``."""
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(min(end - start, _PEEK))
    engine = zlib.decompressobj(31)
    head = b""
    try:
        while data and b"\r\n\r\n" not in head and len(head) < _PEEK:
            head += engine.decompress(data[:256], _PEEK)
            data = data[256:]
    except zlib.error:
        pass  # What was inflated before the damage is all there is to read.
    match = _TARGET.search(head.partition(b"\r\n\r\n")[0])
    return [match.group(1).decode("utf-8", "replace")] if match else []


def _aside(path: Path, name: str) -> Path:
    """A place for ``name`` in the folder of damaged files; a file that is there already is not taken."""
    folder = path.parent / DAMAGED
    folder.mkdir(exist_ok=True)
    place, serial = folder / name, 1
    while place.exists() and not name.endswith(PART_SUFFIX):
        place, serial = folder / f"{name}.{serial}", serial + 1
    return place


def _copy(path: Path, stretches: list[tuple[int, int]], target: Path) -> None:
    """Write the ``stretches`` of ``path`` to ``target``, one behind the other, and force them to the disk."""
    try:
        with path.open("rb") as source, target.open("wb") as copy:
            for start, end in stretches:
                source.seek(start)
                for at in range(start, end, _COPY):
                    copy.write(source.read(min(_COPY, end - at)))
            copy.flush()
            os.fsync(copy.fileno())
    except OSError:
        target.unlink(missing_ok=True)
        raise


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _storage_error(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{error.filename or path}: salvaging failed: {error.strerror}. "
        "Free space or mend the disk, then start again; the damaged file is as it was."
    )
