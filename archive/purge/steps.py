"""Carrying out a purge that takes something away, so that it can be killed anywhere and finished later.

A journal, ``state/purge/journal.json``, is written first. Everything new is staged beside it, whole and synced; then
the journal lists every file that moves in and every file that goes, and from there on each step can be done again.
Nothing is taken away before everything that takes its place is on the disk.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa

from archive import dedupe, newest
from archive.access import (
    Level,
    Purge,
    PurgeList,
    Target,
    forget_address,
    log_begin,
    log_done,
    unlisted,
    write_access,
)
from archive.cdx import index_path, merge_index, record_line
from archive.claims import door
from archive.compact import clear_compaction
from archive.corpus import reading_corpus
from archive.errors import BaotinhError, StorageError
from archive.files import sync_folder, write_whole
from archive.layout import DataFolder
from archive.ledger import forget_addresses
from archive.members import read_member
from archive.model import Extractor
from archive.purge.plan import Plan, make_plan
from archive.purge.rows import RowEdits, StagedRows, stage_rows
from archive.purge.warc import Edits, Rewritten, Tombstone, is_exact, next_name, rewrite
from archive.records import Original
from archive.salvage import DAMAGED, walk_kept

Row = dict[str, Any]

_JOURNAL: Final = "journal.json"


@dataclass(slots=True)
class Job:
    """A purge at work, as the journal holds it.

    ``moves`` are paths of staged files and where they go, ``removals`` paths of files that go, all relative to the
    data folder; ``portals`` are those whose index of payloads is made anew. ``records`` are ids of captures that go
    because they link to the target, found when ``with_listings`` was asked for.
    """

    id: str
    url: str
    level: Level
    reason: str
    who: str
    at: str
    forget: bool = False
    with_listings: bool = False
    records: list[str] = field(default_factory=list)
    phase: Literal["staging", "moving"] = "staging"
    moves: list[tuple[str, str]] = field(default_factory=list)
    removals: list[str] = field(default_factory=list)
    portals: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """The addresses it is about."""
        return Target.of(self.url)

    @property
    def purge(self) -> Purge:
        """The purge that the audit log names."""
        return Purge(self.id, self.target, self.level, self.reason, self.who, self.at, counts=self.counts)


def workshop(folder: DataFolder) -> Path:
    """Where a purge that is at work keeps its journal and what it stages."""
    return folder.state / "purge"


def now() -> str:
    """The present moment, ISO 8601 in UTC to the second: a WARC-Date, too."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hide(folder: DataFolder, job: Job) -> None:
    """Keep the pages from readers at once; nothing is moved."""
    log_begin(folder, job.purge, forget=False)
    write_access(folder)
    log_done(folder, job.id, now(), job.counts)


def carry_out(folder: DataFolder, extractor: Extractor, job: Job) -> Job:
    """Do everything that ``job`` asks for, behind the ``door``; raises ``StorageError``, and can be called again."""
    try:
        if job.phase == "staging":
            _save(folder, job)
            log_begin(folder, job.purge, job.forget)
            write_access(folder)
            shutil.rmtree(workshop(folder) / "new", ignore_errors=True)
            _stage(folder, extractor, job)
            job.phase = "moving"
            _save(folder, job)
        _move(folder, job)
    except (OSError, pa.ArrowException) as error:
        raise StorageError(
            f"{getattr(error, 'filename', None) or workshop(folder)}: purging failed: {error}. Free space or mend the "
            "disk, then purge again: the pages are hidden, nothing else is lost, and the rest will be finished."
        ) from error
    return job


def resume(folder: DataFolder, extractor: Extractor) -> Job | None:
    """Finish the purge that was interrupted, and give it; ``None`` when there is none. Raises ``StorageError``."""
    if not folder.state.is_dir():
        return None
    with door(folder):
        return finish_interrupted(folder, extractor)


def finish_interrupted(folder: DataFolder, extractor: Extractor) -> Job | None:
    """Finish the purge that was killed or met a full disk, if there is one; call it behind the ``door``."""
    for purge in PurgeList.load(folder).at_level("hide").purges:
        if purge.done is None:
            write_access(folder)
            log_done(folder, purge.id, now(), purge.counts)
    journal = workshop(folder) / _JOURNAL
    try:
        said = json.loads(journal.read_bytes())
    except FileNotFoundError:
        # Killed before the first journal was whole, or after the last was gone.
        shutil.rmtree(workshop(folder), ignore_errors=True)
        return None
    except (OSError, ValueError) as error:
        raise StorageError(f"{journal}: cannot be read ({error}); bring it back from the backup") from error
    return carry_out(folder, extractor, Job(**said))


def _save(folder: DataFolder, job: Job) -> None:
    write_whole(workshop(folder) / _JOURNAL, [json.dumps(asdict(job), ensure_ascii=False).encode()])


# Staging


def _stage(folder: DataFolder, extractor: Extractor, job: Job) -> None:
    """Write everything new, and put into ``job`` what is to be moved and removed."""
    plan = make_plan(folder, job.target, job.level, job.records)
    stage = DataFolder(workshop(folder) / "new")
    job.moves, job.removals, job.portals = [], [_relative(folder, path) for path in plan.exports], plan.portals
    rows = RowEdits(job.target, frozenset(job.records))
    records = _stage_files(folder, stage, plan, job, rows)
    staged = stage_rows(folder, stage, extractor, rows, job.id)
    _plan_rows(folder, staged, job)
    gone = {str(table): count for table, count in staged.gone.items()}
    listings = {"listings": len(job.records)} if job.with_listings else {}
    job.counts = {"records": records or plan.captures, "files": len(plan.files), **gone, **listings}


def _stage_files(folder: DataFolder, stage: DataFolder, plan: Plan, job: Job, rows: RowEdits) -> int:
    """Rewrite WARC files that lose records or payloads, and the CDXJ of all; gives the number of records that went.

    An unlist takes no record out, but where other addresses repeat a payload that only an unlisted record holds, one of
    them takes it over: nobody would find it there.
    """
    deletes = job.level == "delete"
    edits = Edits(plan.target if deletes else None, _tombstone(job), _exchanges(folder, job.records))
    holders = _follow_payloads(folder, plan, edits, rows)
    stage.warc.mkdir(parents=True)
    records = 0
    rewritten = {*holders, *(plan.files if deletes else ())}
    for path in sorted({*plan.files} - rewritten):
        _stage_index(folder, stage, path, path.name, job)
    for path in sorted(rewritten):
        name = next_name(path.name)
        done = rewrite(path, stage.warc / name, edits, name)
        records += done.records
        rows.files[path.name] = (name, done.kept)
        job.moves.append((_relative(folder, stage.warc / name), _relative(folder, folder.warc / name)))
        _stage_index(folder, stage, stage.warc / name, name, job)
        job.removals += [_relative(folder, index_path(folder, path.name)), _relative(folder, path)]
    return records + (_stage_damaged(folder, stage, edits, job) if deletes else 0)


def _exchanges(folder: DataFolder, records: list[str]) -> frozenset[str]:
    """The ids ``records``, and those that these records name as written with them: their requests."""
    with reading_corpus(folder) as database:
        places = database.execute(_PLACES, [records]).fetchall() if records else []
    ids = set(records)
    for name, offset, length in places:
        with suppress(BaotinhError):  # What cannot be read went already.
            record = read_member(folder.find_warc(name), offset, length)
            ids.update(value for key, value in record.headers if key.lower() == "warc-concurrent-to")
    return frozenset(ids)


_PLACES: Final = """
SELECT warc_filename, warc_record_offset, warc_record_length FROM captures_files
WHERE warc_record_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL
"""


def _stage_damaged(folder: DataFolder, stage: DataFolder, edits: Edits, job: Job) -> int:
    """Rewrite what was set aside when files were salvaged: the pages are in there, too."""
    records = 0
    for path in sorted((folder.warc / DAMAGED).glob("*")):
        target = stage.warc / DAMAGED / path.name
        target.parent.mkdir(exist_ok=True)
        done: Rewritten = rewrite(path, target, edits, path.name)
        if done.records:
            records += done.records
            job.moves.append((_relative(folder, target), _relative(folder, path)))
    return records


def _tombstone(job: Job) -> Tombstone:
    target = job.target
    uri = f"urn:sha256:{target.sha256}" if job.forget else job.url
    return Tombstone(job.id, uri, job.at, job.reason)


def _stage_index(folder: DataFolder, stage: DataFolder, path: Path, name: str, job: Job) -> None:
    """Stage the CDXJ of ``path``: lines of all whole records but those of unlisted addresses; damage is passed over."""
    left_out = unlisted(folder)
    found = {record_line(record, name, offset, length) for offset, length, record in walk_kept(path, [])}
    lines = sorted(line for line in found if line is not None and not left_out.covers_line(line))
    write_whole(index_path(stage, name), lines)
    job.moves.append((_relative(folder, index_path(stage, name)), _relative(folder, index_path(folder, name))))


def _follow_payloads(folder: DataFolder, plan: Plan, edits: Edits, rows: RowEdits) -> set[Path]:
    """Give every payload that other addresses repeat a new holder: the first of their revisits.

    Returns the files that hold such revisits.
    """
    with reading_corpus(folder) as database:
        values = {"key": plan.target.key, "records": plan.records}
        found = database.execute(_REPEATED.format(match=plan.target.sql), values)
        names = [column[0] for column in found.description or ()]
        revisits = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    for _, group in groupby(revisits, key=lambda row: str(row["original_id"])):
        same = list(group)
        if not _readable(folder, same[0]):
            continue  # These revisits have lost their payload before.
        holder = next((row for row in same if row["fetch_status"] != 304), None)
        for row in same:
            if row is holder:
                _promote(folder, row, edits, rows)
            else:
                rows.repointed[row["warc_record_id"]] = _original(holder) if holder else None
    edits.repointed = rows.repointed
    return {folder.find_warc(row["warc_filename"]) for row in revisits}


def _readable(folder: DataFolder, row: Row) -> bool:
    try:
        read_member(folder.find_warc(row["original_file"]), row["original_offset"], row["original_length"])
    except BaotinhError:
        return False
    return True


def _promote(folder: DataFolder, row: Row, edits: Edits, rows: RowEdits) -> None:
    own = row["warc_record_offset"], row["warc_record_length"]
    exact = is_exact(read_member(folder.find_warc(row["warc_filename"]), *own))
    rows.promoted[row["warc_record_id"]] = row["fidelity"] if exact else "reconstructed"
    place = folder.find_warc(row["original_file"]), row["original_offset"], row["original_length"]
    edits.promoted = {**edits.promoted, row["warc_record_id"]: place}


def _original(row: Row) -> Original:
    return Original(row["warc_record_id"], row["url"], row["fetch_time"], f"sha1:{row['content_digest']}")


_REPEATED: Final = """
WITH gone AS (
    SELECT * FROM captures_files WHERE {match} OR warc_record_id IN (SELECT unnest($records::VARCHAR[]))
), original AS (SELECT * FROM gone WHERE record_type = 'response')
SELECT captures_files.*, original.warc_record_id AS original_id, original.warc_filename AS original_file,
    original.warc_record_offset AS original_offset, original.warc_record_length AS original_length
FROM captures_files JOIN original ON captures_files.revisit_of = original.warc_record_id
WHERE captures_files.record_type = 'revisit'
    AND captures_files.warc_record_id NOT IN (SELECT warc_record_id FROM gone)
ORDER BY original_id, captures_files.fetch_time, captures_files.warc_filename, captures_files.warc_record_offset
"""


def _plan_rows(folder: DataFolder, staged: StagedRows, job: Job) -> None:
    for path, source in sorted(staged.files.items()):
        job.moves.append((_relative(folder, source), _relative(folder, path)))
    job.removals += [_relative(folder, path) for path in staged.emptied]


def _relative(folder: DataFolder, path: Path) -> str:
    return str(path.relative_to(folder.path))


# Moving


def _move(folder: DataFolder, job: Job) -> None:
    """Put everything in its place and take away what goes; done again, it does what is left."""
    touched: set[Path] = set()
    for source, target in job.moves:
        if (folder.path / source).exists():
            (folder.path / target).parent.mkdir(parents=True, exist_ok=True)
            (folder.path / source).replace(folder.path / target)
            touched.add((folder.path / target).parent)
    _sync(touched)
    for name in job.removals:
        (folder.path / name).unlink(missing_ok=True)
    _sync((folder.path / name).parent for name in job.removals)
    if folder.cdx.is_dir():
        merge_index(folder)
    for portal in job.portals:
        dedupe.discard(folder, portal)
    newest.discard(folder)
    clear_compaction(folder, linger=0)
    if job.level == "delete":
        forget_addresses(folder, job.target.covers)
    _clear(folder)
    log_done(folder, job.id, now(), job.counts)
    if job.forget:
        forget_address(folder, job.target)
    shutil.rmtree(workshop(folder) / "new", ignore_errors=True)
    (workshop(folder) / _JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(workshop(folder), ignore_errors=True)


def _sync(folders: Iterable[Path]) -> None:
    for path in sorted(set(folders)):
        if path.is_dir():
            sync_folder(path)


def _clear(folder: DataFolder) -> None:
    """Remove what others made from the records that are no more: work that was interrupted, copies of robots.txt."""
    shutil.rmtree(folder.state / "recovery", ignore_errors=True)
    shutil.rmtree(folder.state / "robots", ignore_errors=True)
    with _lock_if_free(folder.state / "rebuild.lock") as free:
        # A rebuild at work reads files that changed again, and cleans up behind itself.
        if free:
            shutil.rmtree(folder.state / "rebuild", ignore_errors=True)


@contextmanager
def _lock_if_free(path: Path) -> Iterator[bool]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
