"""Who is at work in a data folder: a mark for each run while it lives, and one door that lets workers in one by one.

A run's mark is the file ``state/runs/<run_id>``, locked (``flock``) by its process. A process that ends, however
it ends, loses its locks: a mark that nobody locks is one of a run that died before it had published everything.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final

from archive.errors import BaotinhError, StorageError
from archive.layout import DataFolder

# Seconds to wait for readers to end.
_PATIENCE: Final = 5.0


class RunClaim:
    """The mark of the run ``run_id``, from now until ``release``; make it behind the ``door``.

    In ``with``, a run that ends in an exception is left as a dead one, for the next start to take over. Raises
    ``StorageError`` when it cannot be written.
    """

    def __init__(self, folder: DataFolder, run_id: str) -> None:
        self._path = _marks(folder) / run_id
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o644)
            # Waiting, because somebody who asks whether it is locked holds a shared lock for a moment.
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            os.fsync(self._descriptor)
        except OSError as error:
            raise _error(self._path, error) from error

    def release(self) -> None:
        """Take the mark away: everything the run has is published."""
        try:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
        except OSError as error:
            raise _error(self._path, error) from error

    def abandon(self) -> None:
        """Leave the mark as that of a dead run: the next start takes over what it has left."""
        os.close(self._descriptor)

    def __enter__(self) -> RunClaim:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.release()
        else:
            self.abandon()


@contextmanager
def door(folder: DataFolder) -> Iterator[None]:
    """Hold the only key: no run begins, no dead one is recovered and no table exchanged meanwhile; waits for it.

    Raises ``StorageError`` when the lock file cannot be made.
    """
    descriptor = _opened(folder.state / "door.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Busy(BaotinhError):
    """Somebody else is at what only one may do at a time."""


@contextmanager
def exclusive(folder: DataFolder, name: str) -> Iterator[None]:
    """Be the only one who does ``name`` in ``folder``, as long as the block lasts.

    Raises ``Busy`` at once when somebody else does it, ``StorageError`` when the lock file cannot be made.
    """
    path = folder.state / f"{name}.lock"
    descriptor = _opened(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 40, 0).decode("ascii", "replace").strip()
            raise Busy(f"{path}: process {holder or 'unknown'} is at it already") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def reading(folder: DataFolder) -> Iterator[None]:
    """Keep the tables' files where they are as long as the block lasts; any number of readers may.

    A folder where no lock can be opened is read all the same.
    """
    try:
        descriptor = os.open(_readers(folder), os.O_RDONLY)
    except OSError:
        # Nobody has put files together there yet, or the folder is not ours.
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        # A process that was forked meanwhile has the descriptor, too, and would keep the lock.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


@contextmanager
def unread(folder: DataFolder, patience: float | None = None) -> Iterator[None]:
    """Keep readers of ours out as long as the block lasts; those at it have ``patience`` seconds, or 5, to end.

    Raises ``Busy`` when they have not, ``StorageError`` when the lock file cannot be made.
    """
    descriptor = _opened(_readers(folder))
    try:
        _lock_within(descriptor, folder, _PATIENCE if patience is None else patience)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """A descriptor of the lock file ``path``, made if need be; raises ``StorageError``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise _error(path, error) from error


def _lock_within(descriptor: int, folder: DataFolder, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise Busy(f"{folder.corpus}: somebody reads the tables; run this again when that has ended.") from None
            time.sleep(0.02)
        else:
            return


def _readers(folder: DataFolder) -> Path:
    return folder.state / "readers.lock"


def dead_runs(folder: DataFolder) -> list[str]:
    """Runs that left their mark and live no more, oldest first."""
    return [path.name for path in _all_marks(folder) if not is_locked(path)]


def live_runs(folder: DataFolder) -> list[str]:
    """Runs at work, oldest first."""
    return [path.name for path in _all_marks(folder) if is_locked(path)]


def forget(folder: DataFolder, run_id: str) -> None:
    """Take away the mark of a dead run whose rows are all published."""
    (_marks(folder) / run_id).unlink(missing_ok=True)


def is_locked(path: Path) -> bool:
    """Whether some process holds a lock on ``path``; a file that is gone is not locked.

    The question is a shared lock for a moment. Whoever locks a mark waits for that to pass; a WARC file's writer does
    not, so ask about an ``.open`` file only when no run that lives may be about to lock it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _marks(folder: DataFolder) -> Path:
    return folder.state / "runs"


def _all_marks(folder: DataFolder) -> list[Path]:
    return sorted(_marks(folder).glob("*"))


def _error(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path}: {error.strerror}. Free space or mend the disk, then start again.")
