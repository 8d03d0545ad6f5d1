"""``import``: WARC and WACZ files of others become part of the archive, as if crawled, and say where they came from.

A file goes into ``warc/`` first, whole; then its rows are staged, and published together. Each file is a run of its
own. Killed anywhere, the next start of anything makes the rows that are missing: nothing is doubled, nothing is lost.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from archive.errors import DamagedFile, UsageError
from archive.importing.files import (
    Brought,
    bring,
    check_portal,
    file_token,
    find_imported,
    workshop,
)
from archive.importing.names import run_of
from archive.importing.record import Maker
from archive.importing.rows import make_rows
from archive.importing.wacz import Wacz, is_zip
from archive.layout import DataFolder
from archive.members import walk_members
from archive.model import Extractor
from archive.owed import RowCounts
from archive.recovery import Recovery, begin_run
from archive.runs import RunReport, append_report
from archive.staging import Progress

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
        with self._run(path) as begun:
            if not is_zip(path):
                yield self._warc(path, path.name, begun)
                return
            if self.reference:
                raise UsageError(f"{path.name}: a WACZ cannot be referenced; import it without --reference.")
            yield from self._wacz(path, workshop(self.folder, begun.run_id))

    def _wacz(self, path: Path, scratch: Path) -> Iterator[ImportResult]:
        """Import the WARC files in a WACZ, each as a run of its own."""
        scratch.mkdir(parents=True, exist_ok=True)
        with Wacz(path) as wacz:
            many = len(wacz.names) > 1
            for name in wacz.names:
                old_name = f"{path.stem}.{Path(name).name}" if many else path.name
                with wacz.extracted(name, scratch / "extracted.warc") as warc, self._run(warc) as begun:
                    yield self._warc(warc, old_name, begun)

    @contextmanager
    def _run(self, path: Path) -> Iterator[_Begun]:
        """The run that imports ``path``, from what dead runs left to its end."""
        token = file_token(path)
        run_id = run_of(token)
        claim, recovery = begin_run(self.folder, run_id, self.extractor)
        with claim:
            try:
                yield _Begun(run_id, token, recovery)
            finally:
                shutil.rmtree(workshop(self.folder, run_id), ignore_errors=True)

    def _warc(self, source: Path, old_name: str, begun: _Begun) -> ImportResult:
        known = find_imported(self.folder, begun.token)
        if known is None:
            return self._make_rows(self._bring(source, old_name), old_name, begun)
        # Its rows were made when this run began, if it had been cut off, or before.
        resumed = known.name in begun.recovery.files
        result = ImportResult(old_name, known.name, "resumed" if resumed else "known", _software(known))
        if resumed:
            result.rows = RowCounts.of_file(self.folder, known.name)
            self._report(result, begun, 0.0)
        return result

    def _bring(self, source: Path, old_name: str) -> Brought:
        try:
            return bring(self.folder, source, old_name, self.portal, self.reference)
        except DamagedFile as damage:
            remedy = "Nothing was imported. `baotinh salvage` writes what is whole into a file that can be."
            raise DamagedFile(old_name, damage.offset, f"{damage.problem}. {remedy}") from damage

    def _make_rows(self, brought: Brought, old_name: str, begun: _Begun) -> ImportResult:
        began = time.monotonic()
        software = _software(brought.path)
        result = ImportResult(old_name, brought.path.name, "imported", software, brought.normalised)
        result.left_out = [(record.url or "", record.length) for record in brought.left_out]
        result.rows = make_rows(self.folder, self.extractor, brought.path, begun.run_id, self.progress)
        self._report(result, begun, time.monotonic() - began)
        return result

    def _report(self, result: ImportResult, begun: _Begun, seconds: float) -> None:
        """A line in ``reports/runs/`` for the file, so that its origin stands where runs are looked up."""
        append_report(
            self.folder,
            RunReport(
                run_id=begun.run_id,
                portal=self.portal or "import",
                started=datetime.now(UTC).isoformat(),
                seconds=round(seconds, 3),
                finish_reason=f"{result.state} {result.source} ({result.software or 'software unknown'})",
                outcomes=dict(sorted(result.rows.outcomes.items())),
                articles_new=result.rows.articles_new,
                articles_changed=result.rows.articles_changed,
                warc_files=[result.warc_filename],
                recovered=begun.recovery.lines(),
            ),
        )


class _Begun(NamedTuple):
    """The run that imports one file: its id, the file's token, and what was taken over from runs that died."""

    run_id: str
    token: str
    recovery: Recovery


def _software(path: Path) -> str:
    """What the first record says of the software that made the file; empty when it says nothing."""
    for _, _, record in walk_members(path):
        return Maker.of(record).software if record.type == "warcinfo" else ""
    return ""
