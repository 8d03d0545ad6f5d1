"""The project's errors, one small tree.

BaotinhError            anything this project raises on purpose
├── UsageError          a wrong argument or setting; names the remedy            exit code 2
├── StorageError        the disk refused, or a file is missing                   exit code 3
└── DamagedFile         a file's bytes are not what they should be: file, offset, what was seen
"""

from __future__ import annotations

from pathlib import Path


class BaotinhError(Exception):
    """Anything this project raises on purpose; the message is one a user can act on."""


class UsageError(BaotinhError):
    """A wrong argument or setting; the message names it and what to write instead."""


class StorageError(BaotinhError):
    """The disk refused a read or a write, or a file that must exist does not."""


class DamagedFile(BaotinhError):
    """A file's bytes are not what they should be.

    ``path`` and ``offset`` (bytes from the start of the file) say where.
    """

    def __init__(self, path: Path | str, offset: int, problem: str) -> None:
        super().__init__(f"{path}: at byte {offset}: {problem}")
        self.path = Path(path)
        self.offset = offset
        self.problem = problem
