"""The log file of harvests and crawls: ``logs/harvest.log``, bounded in size and number."""

from __future__ import annotations

import fcntl
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.layout import DataFolder

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_kept: set[Path] = set()


class SharedLog(RotatingFileHandler):
    """A rotating log that several processes may write: whoever finds it full moves it on, the others follow.

    Raises ``OSError`` when the file cannot be opened; a disk that refuses later costs lines, not the run.
    """

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - the library's name
        """Whether the line would be too much for the file, after another process's rotation was followed."""
        self._follow()
        return bool(super().shouldRollover(record))

    def doRollover(self) -> None:  # noqa: N802
        """Rotate, unless another process has just done so."""
        with Path(f"{self.baseFilename}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._follow()
            if Path(self.baseFilename).stat().st_size >= self.maxBytes // 2:
                super().doRollover()

    def _follow(self) -> None:
        """Open the file anew if ours was renamed or removed."""
        if self.stream is None:
            return
        try:
            named = Path(self.baseFilename).stat()
        except FileNotFoundError:
            named = None
        ours = os.fstat(self.stream.fileno())
        if named is None or (named.st_dev, named.st_ino) != (ours.st_dev, ours.st_ino):
            self.stream.close()
            self.stream = self._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say once on the terminal that the log cannot be written; cron mails it."""
        error = sys.exc_info()[1]
        if not getattr(self, "_failed", False):
            self._failed = True
            print(f"{self.baseFilename}: the log cannot be written: {error}", file=sys.stderr)


def log_path(folder: DataFolder) -> Path:
    """Where the log of harvests and crawls lies."""
    return folder.logs / "harvest.log"


def keep_log(settings: BaseSettings) -> None:
    """Write everything from INFO on to ``logs/harvest.log`` too, whatever the terminal shows; once a process.

    With ``LOG_FILE`` that file takes its place. ``ARCHIVE_LOG_BYTES`` bounds a file (0: no log), ``ARCHIVE_LOG_FILES``
    the number of older ones.
    """
    path = log_path(DataFolder(Path(settings["ARCHIVE_DIR"])))
    if settings.get("LOG_FILE") or not settings.getint("ARCHIVE_LOG_BYTES") or path in _kept:
        return
    _kept.add(path)
    bounds: dict[str, Any] = {
        "maxBytes": settings.getint("ARCHIVE_LOG_BYTES"),
        "backupCount": settings.getint("ARCHIVE_LOG_FILES"),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = SharedLog(path, encoding="utf-8", delay=False, **bounds)
    except OSError as error:
        print(f"{path}: the log cannot be written: {error.strerror}", file=sys.stderr)
        return
    handler.setLevel(logging.INFO)
    handler.setFormatter(logging.Formatter(settings["LOG_FORMAT"], settings["LOG_DATEFORMAT"]))
    logging.root.addHandler(handler)
