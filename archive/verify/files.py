"""Checks of WARC files without the tables: what can be said of the bytes alone, fast enough for every night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from archive.access import PurgeList, unlisted
from archive.errors import StorageError, UsageError
from archive.importing.names import origin_of
from archive.layout import DataFolder
from archive.verify.cdx import CdxCheck, check_index
from archive.verify.pool import Died, Progress, Walked, check_all
from archive.verify.records import check_record, head_of, walk_whole
from archive.verify.report import Report

_HTTP: Final = frozenset({"response", "revisit"})


def verify_files(
    folder: DataFolder,
    portal: str | None = None,
    file: str | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check the closed WARC files in ``folder`` by themselves: members, lengths, digests, and their CDXJ.

    ``portal`` limits it to files that are named after a portal, ``file`` to one. No table is read, no page extracted;
    rows, and what ties them to records, are ``verify``'s. ``jobs`` and ``progress`` as there. Raises ``StorageError``
    when the folder cannot be read and ``UsageError`` when nothing is named so; all that is wrong becomes a finding.
    """
    if not folder.path.is_dir():
        raise StorageError(f"{folder.path} does not exist. Name the data folder with --data or ARCHIVE_DIR.")
    sizes = {path.name: path.stat().st_size for path in folder.warc_files()}
    names = [name for name in sizes if file in (None, name) and (portal is None or _portal_of(name) == portal)]
    if not names and (portal or file):
        raise UsageError(f"no WARC file of that name ({file or f'{portal}-…'}) in {folder.warc}.")
    report, left_out = Report(), unlisted(folder)
    tasks = [BytesTask(folder, name, left_out) for name in sorted(names, key=lambda name: -sizes[name])]
    outcomes = check_all(tasks, check_bytes, jobs, [sizes[task.name] for task in tasks], progress)
    for task, outcome in zip(tasks, outcomes, strict=True):
        if isinstance(outcome, Died):
            report.add("worker-died", task.name, outcome.message)
        else:
            report.merge(outcome)
    if portal is None and file is None:
        check_index(folder, sizes, report)
    report.tidy()
    return report


def _portal_of(name: str) -> str | None:
    """The portal that a WARC file is named after, if it is."""
    imported = origin_of(name)
    return imported.portal if imported else name.partition("-")[0]


@dataclass(frozen=True, slots=True)
class BytesTask:
    """One WARC file to check by itself; addresses of ``left_out`` must have no CDXJ line."""

    folder: DataFolder
    name: str
    left_out: PurgeList


def check_bytes(task: BytesTask, walked: Walked) -> Report:
    """Check every record of the file and every line of its CDXJ; ``walked`` is told the bytes of each record."""
    report = Report()
    report.counts["files"] = 1
    index = CdxCheck(task.folder, task.name, task.left_out, report)
    for offset, length, record in walk_whole(task.folder.find_warc(task.name), report):
        report.counts["records"] += 1
        report.counts["bytes"] += length
        message = head_of(record.block) if record.type in _HTTP else None
        check_record(record, task.name, offset, report, message)
        index.record(record, offset, length, message)
        walked(length)
    index.finish(())
    report.note_foreign_digests(task.name)
    return report
