"""Where things lie in a data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive.errors import StorageError

OPEN_SUFFIX = ".open"

TableName = Literal["captures", "articles"]


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The paths of one data folder; nothing is created by naming it.

    ``warc/`` is the truth, ``cdx/`` and ``corpus/`` are derived from it, ``state/`` is what a run needs to go
    on, ``reports/`` and ``logs/`` are for people.
    """

    path: Path

    @property
    def warc(self) -> Path:
        """The WARC files; one that is still written ends in ``.open``."""
        return self.path / "warc"

    @property
    def cdx(self) -> Path:
        """The CDXJ indexes."""
        return self.path / "cdx"

    @property
    def corpus(self) -> Path:
        """The Parquet tables; every file under it is whole."""
        return self.path / "corpus"

    @property
    def state(self) -> Path:
        """The URL ledger and what unfinished runs left."""
        return self.path / "state"

    @property
    def staging(self) -> Path:
        """Parquet files written but not yet published, a folder per run."""
        return self.state / "staging"

    @property
    def reports(self) -> Path:
        """The report of each run."""
        return self.path / "reports"

    @property
    def logs(self) -> Path:
        """The log of each run."""
        return self.path / "logs"

    def table(self, name: TableName) -> Path:
        """The folder of the table ``name``, partitioned by ``month=YYYY-MM``."""
        return self.corpus / name

    def find_warc(self, name: str) -> Path:
        """The WARC file ``name``, or the same file while it still ends in ``.open``.

        Raises ``StorageError`` when there is neither, and for a name that would lead out of ``warc/``.
        """
        if Path(name).name != name:
            raise StorageError(f"{name!r} is no WARC file name: it must not contain a folder.")
        for path in (self.warc / name, self.warc / (name + OPEN_SUFFIX)):
            if path.is_file():
                return path
        raise StorageError(f"{self.warc / name} does not exist. Bring it back from the backup, then verify again.")

    def warc_files(self) -> list[Path]:
        """All closed WARC files, sorted by name."""
        return sorted(self.warc.glob("*.warc.gz"))

    def open_files(self) -> list[Path]:
        """All WARC files that were never closed, sorted by name."""
        return sorted(self.warc.glob(f"*{OPEN_SUFFIX}"))
