"""``import``: WARC and WACZ files of others become part of the archive, as if crawled, and say where they came from.

A file goes into ``warc/`` first, whole; then its rows are staged, and published together. Killed anywhere, the
next import of the same file goes on where this one stopped: nothing is doubled and nothing is lost.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from archive.errors import DamagedFile, StorageError, UsageError
from archive.importing.files import Brought, bring, check_portal, file_token, find_imported, origin_of
from archive.importing.record import Maker
from archive.importing.rows import Progress, RowCounts, finish_publishing, make_rows
from archive.importing.wacz import Wacz, is_zip
from archive.layout import DataFolder
from archive.members import walk_members
from archive.model import Extractor
from archive.purge.steps import resume
from archive.runs import RunReport, append_report
from archive.tables import duckdb_connection

State = Literal["imported", "resumed", "known"]


@dataclass(slots=True)
class ImportResult:
    """What became of one WARC file.

    ``state`` is ``imported``, ``resumed`` (an import that was cut off is finished) or ``known`` (nothing was left to
    do). ``left_out`` names records too large to keep, as URL and bytes.
    """

    source: str
    warc_filename: str
    state: State
    software: str = ""
    normalised: bool = False
    rows: RowCounts = field(default_factory=RowCounts)
    left_out: list[tuple[str, int]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The result as plain values for JSON, the counts of rows beside the rest."""
        values = asdict(self)
        rows: dict[str, Any] = values.pop("rows")
        return values | rows


@dataclass(slots=True)
class Importer:
    """Imports files into ``folder``.

    ``portal`` names the portal of all records; without it the host of each decides. ``reference`` leaves the
    file where it is and links to it. ``progress`` is told bytes done and bytes in all.
    """

    folder: DataFolder
    extractor: Extractor
    portal: str | None = None
    reference: bool = False
    progress: Progress | None = None

    def file(self, path: Path) -> Iterator[ImportResult]:
        """Import ``path``, a WARC or a WACZ; yield a result for each WARC file in it.

        Raises ``UsageError``, ``DamagedFile`` or ``StorageError`` with the file, the place and a remedy.
        """
        check_portal(self.portal)
        if not path.is_file():
            raise UsageError(f"{path}: there is no such file.")
        resume(self.folder, self.extractor)
        with import_lock(self.folder):
            if not is_zip(path):
                yield self._warc(path, path.name)
                return
            if self.reference:
                raise UsageError(f"{path.name}: a WACZ cannot be referenced; import it without --reference.")
            with Wacz(path) as wacz:
                many = len(wacz.names) > 1
                for name in wacz.names:
                    old_name = f"{path.stem}.{Path(name).name}" if many else path.name
                    with wacz.extracted(name, self.folder.state / "import" / "extracted.warc") as warc:
                        yield self._warc(warc, old_name)

    def _warc(self, source: Path, old_name: str) -> ImportResult:
        known = find_imported(self.folder, file_token(source))
        if known is None:
            try:
                brought = bring(self.folder, source, old_name, self.portal, self.reference)
            except DamagedFile as damage:
                remedy = "Nothing was imported. `baotinh salvage` writes what is whole into a file that can be."
                raise DamagedFile(old_name, damage.offset, f"{damage.problem}. {remedy}") from damage
            return self._make_rows(brought, old_name, "imported")
        origin = origin_of(known.name)
        assert origin is not None
        if finish_publishing(self.folder, origin.run_id):
            return ImportResult(old_name, known.name, "resumed")
        if self._has_rows(known.name):
            return ImportResult(old_name, known.name, "known")
        return self._make_rows(Brought(known, origin), old_name, "resumed")

    def _make_rows(self, brought: Brought, old_name: str, state: State) -> ImportResult:
        began = time.monotonic()
        run_id = brought.origin.run_id
        result = ImportResult(old_name, brought.path.name, state, _software(brought.path), brought.normalised)
        result.left_out = [(record.url or "", record.length) for record in brought.left_out]
        result.rows = make_rows(self.folder, self.extractor, brought.path, run_id, self.progress)
        self._report(result, run_id, time.monotonic() - began)
        return result

    def _has_rows(self, name: str) -> bool:
        with duckdb_connection(self.folder) as database:
            query = "SELECT 1 FROM captures WHERE warc_filename = ? LIMIT 1"
            return database.execute(query, [name]).fetchone() is not None

    def _report(self, result: ImportResult, run_id: str, seconds: float) -> None:
        """A line in ``reports/runs.jsonl`` for the file, so that its origin stands where runs are looked up."""
        append_report(
            self.folder,
            RunReport(
                run_id=run_id,
                portal=self.portal or "import",
                started=datetime.now(UTC).isoformat(),
                seconds=round(seconds, 3),
                finish_reason=f"imported {result.source} ({result.software or 'software unknown'})",
                outcomes=dict(sorted(result.rows.outcomes.items())),
                articles_new=result.rows.articles_new,
                articles_changed=result.rows.articles_changed,
                warc_files=[result.warc_filename],
            ),
        )


def _software(path: Path) -> str:
    """What the first record says of the software that made the file; empty when it says nothing."""
    for _, _, record in walk_members(path):
        return Maker.of(record).software if record.type == "warcinfo" else ""
    return ""


@contextmanager
def import_lock(folder: DataFolder) -> Iterator[None]:
    """Let one import at a time into ``folder``; raises ``UsageError`` when another is at work."""
    path = folder.state / "import" / "lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}. Free space or mend the disk, then import again.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise UsageError(f"another import is at work in {folder.path}; wait until it has ended.") from error
    try:
        yield
    finally:
        os.close(descriptor)
