"""The logs of run reports, ``reports/runs/YYYY-MM.jsonl``: a file a month, so that what is old is never read again.

Versions before had one file, ``reports/runs.jsonl``. It is split into months by whoever looks for logs next.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from archive.errors import StorageError
from archive.files import PART_SUFFIX, json_of, locked_log, write_whole
from archive.layout import DataFolder

REMEDY: Final = "remove the line"
_LOGS: Final = "[0-9][0-9][0-9][0-9]-[0-9][0-9].jsonl"
# In a line of ours a quote within a word is escaped, so that this is a key and its value wherever it stands.
_PORTAL: Final = re.compile(rb'"portal": ("(?:[^"\\]|\\.)*")')


def runs_folder(folder: DataFolder) -> Path:
    """Where the logs of all months lie, and their tables."""
    return folder.reports / "runs"


def log_path(folder: DataFolder, month: str) -> Path:
    """Where the reports of runs that began in ``month`` lie."""
    return runs_folder(folder) / f"{month}.jsonl"


def month_of(started: str) -> str:
    """The month, in UTC, of the moment ``started`` (ISO 8601; without an offset it is UTC)."""
    moment = datetime.fromisoformat(started)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{moment.year:04d}-{moment.month:02d}"


def month_logs(folder: DataFolder) -> list[Path]:
    """The logs of all months, oldest first; a log of an earlier version is split into them before.

    Raises ``StorageError`` when the disk refuses; the earlier log is unchanged then.
    """
    earlier = folder.reports / "runs.jsonl"
    if earlier.exists():
        try:
            _split(folder, earlier)
        except OSError as error:
            raise StorageError(
                f"{earlier}: splitting it into months failed: {error.strerror or error}. "
                "Free as much space as it takes, or mend the disk, then start again: it is unchanged."
            ) from error
    return sorted(runs_folder(folder).glob(_LOGS))


class Places:
    """Where the lines of each portal begin in the log ``path``: it is read once, and then on from where it ended.

    ``end`` is how many bytes were read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._forget(0)

    def _forget(self, number: int) -> None:
        self._number = number
        self.end = 0
        self._lines: defaultdict[bytes, array[int]] = defaultdict(lambda: array("Q"))

    def newest(self, portal: str, most: int) -> list[dict[str, Any]]:
        """What the last ``most`` lines about ``portal`` say, newest first; raises ``DamagedFile`` as ``json_of``."""
        with self._path.open("rb") as file:
            # Half of a line that is being appended would be taken for a torn one.
            fcntl.flock(file, fcntl.LOCK_SH)
            self._read_on(file)
            fcntl.flock(file, fcntl.LOCK_UN)
            lines = (self._line(file, place) for place in reversed(self._lines.get(_quoted(portal), ())))
            return list(islice((line for line in lines if line and line.get("portal") == portal), most))

    def _read_on(self, file: BinaryIO) -> None:
        stat = os.fstat(file.fileno())
        if stat.st_ino != self._number or stat.st_size < self.end:
            self._forget(stat.st_ino)
        file.seek(self.end)
        for line in file:
            for name in set(_PORTAL.findall(line)):
                self._lines[name].append(self.end)
            self.end += len(line)

    def _line(self, file: BinaryIO, place: int) -> dict[str, Any] | None:
        file.seek(place)
        return json_of(file.readline(), self._path, place, REMEDY)


def _quoted(name: str) -> bytes:
    return json.dumps(name, ensure_ascii=False).encode()


def _split(folder: DataFolder, earlier: Path) -> None:
    """Move the lines of the log ``earlier`` into those of their months, damaged ones behind the line before them.

    It is emptied when all of them are on the disk. Killed before, it is split once more: a line that a month has is not
    taken in again, nor would be one that a backup brought back.
    """
    stage = folder.reports / f"runs{PART_SUFFIX}"
    with earlier.open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # Somebody else may have split it while we waited for the lock.
        if not earlier.exists() or earlier.stat().st_ino != os.fstat(file.fileno()).st_ino:
            return
        # A crawl of the earlier version may have waited to append while it was emptied: only the next look removes it.
        if not os.fstat(file.fileno()).st_size:
            earlier.unlink()
            return
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        for month, lines in groupby(_with_months(file), lambda pair: pair[0]):
            with (stage / f"{month}.jsonl").open("ab") as part:
                part.writelines(line for _, line in lines)
        for path in sorted(stage.iterdir()):
            _take_in(path, runs_folder(folder) / path.name)
            path.unlink()
        stage.rmdir()
        file.truncate(0)
        os.fsync(file.fileno())


def _with_months(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Each line of an earlier log, ended if it was torn, with the month that it belongs to."""
    months = (month for line in file if (month := _said_month(line)))
    # With nothing but damage in it, the month in which it was written last.
    month = next(months, None) or f"{datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC):%Y-%m}"
    file.seek(0)
    for line in file:
        month = _said_month(line) or month
        yield month, line if line.endswith(b"\n") else line + b"\n"


def _said_month(line: bytes) -> str | None:
    with suppress(ValueError, KeyError, TypeError, OverflowError):
        return month_of(json.loads(line)["started"])
    return None


def _take_in(staged: Path, log: Path) -> None:
    """Put the lines of ``staged`` before those of ``log`` that are other ones; killed, it was done or was not."""
    with locked_log(log) as file:
        file.seek(0)
        there = {_digest(line) for line in file}
        if all(_digest(line) in there for line in _lines(staged)):
            return
        file.seek(0)
        write_whole(log, chain((line for line in _lines(staged) if _digest(line) not in there), file))


def _lines(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        yield from file


def _digest(line: bytes) -> bytes:
    return hashlib.sha256(line).digest()
