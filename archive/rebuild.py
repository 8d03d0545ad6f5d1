"""Making the derived files again from the WARC files alone: CDXJ, captures and articles.

Files are re-read in parallel and staged, versions are numbered in order of time, and the new corpus takes the
place of the old one in a single rename. The same WARC files and the same program give the same bytes.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from archive import dedupe, newest
from archive.access import unlisted
from archive.assemble import Selection, assemble
from archive.cdx import SUFFIX, index_files, index_path, index_unless_damaged, merge_index, remove_index
from archive.claims import door, live_runs
from archive.compact import clear_compaction, retire
from archive.errors import StorageError, UsageError
from archive.files import sync_folder
from archive.layout import DataFolder
from archive.ledger import renew_ledgers
from archive.model import Extractor
from archive.purge.steps import resume
from archive.reread import origin_of
from archive.schema import SCHEMA_VERSION
from archive.staging import Progress, Readers, Staged, StageTask, stage_files
from archive.swap import OLD_SUFFIX, swap, undo_swap

logger = logging.getLogger(__name__)

_DECIDING: Final = ("pyarrow", "trafilatura", "lxml", "surt", "tldextract")


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What to rebuild: everything, one portal's desk, or one WARC file; ``into`` a folder of its own or in place."""

    portal: str | None = None
    file: str | None = None
    into: Path | None = None


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild made: files read, rows by table, and what the archivist should know."""

    files: int = 0
    captures: int = 0
    articles: int = 0
    notes: list[str] = field(default_factory=list)
    lost: dict[str, list[str]] = field(default_factory=dict)


def rebuild(
    folder: DataFolder, extractor: Extractor, what: Rebuild, jobs: int, progress: Progress | None = None
) -> Rebuilt:
    """Make CDXJ, captures, articles and ledgers again from the closed WARC files, in ``jobs`` processes.

    Interrupted, it goes on where it stopped when called again. Raises ``UsageError`` when ``what`` names nothing
    and ``StorageError`` when the disk refuses, a run is at work, or another rebuild is.
    """
    if not folder.warc.is_dir():
        raise StorageError(f"{folder.warc} does not exist. Name the data folder with --data or ARCHIVE_DIR.")
    if what.into is not None and (what.into / "corpus").exists():
        raise UsageError(f"{what.into / 'corpus'} exists already; name a new folder with --into.")
    # What an interrupted purge has yet to move was staged from the tables that there are.
    resume(folder, extractor)
    with _alone(folder):
        stage = DataFolder(_workshop(folder) / _fingerprint())
        _tidy(folder, stage.path)
        staged = _stage_all(folder, stage, extractor, what, jobs, progress)
        if what.into is not None:
            return _into(DataFolder(what.into), folder, stage, extractor, staged, what, jobs)
        with door(folder):
            made = _in_place(folder, stage, extractor, what, jobs)
            renew_ledgers(folder, extractor)
            return made


def _stage_all(
    folder: DataFolder, stage: DataFolder, extractor: Extractor, what: Rebuild, jobs: int, progress: Progress | None
) -> list[Staged]:
    target = folder if what.into is None else DataFolder(what.into)
    files, left_out = _files(folder, what, extractor), unlisted(folder)
    with Readers(extractor, jobs, len(files)) as readers:
        _index(folder, target, files, readers)
        return stage_files([StageTask(path, stage, target, left_out) for path in files], readers, progress)


def _files(folder: DataFolder, what: Rebuild, extractor: Extractor) -> list[Path]:
    """The WARC files to re-read; one that names no portal may hold records of any.

    The versions of a portal's articles are numbered together with those of its desk's other portals.
    """
    files = folder.warc_files()
    if what.file is not None:
        files = [path for path in files if path.name == what.file]
    if what.portal is not None:
        portals = {path: origin_of(path).portal for path in files}
        desk = extractor.facts(what.portal).desk
        files = [path for path, portal in portals.items() if portal is None or extractor.facts(portal).desk == desk]
    return files


def _into(
    target: DataFolder,
    folder: DataFolder,
    stage: DataFolder,
    extractor: Extractor,
    staged: list[Staged],
    what: Rebuild,
    jobs: int,
) -> Rebuilt:
    selection = Selection(stage, staged, _desks(extractor), what.portal)
    result = _result(staged, selection)
    made = target.path / "corpus.part"
    shutil.rmtree(made, ignore_errors=True)
    result.captures, result.articles = assemble(selection, made, jobs)
    made.rename(target.corpus)
    sync_folder(target.path)
    shutil.rmtree(_workshop(folder))
    return result


def _in_place(folder: DataFolder, stage: DataFolder, extractor: Extractor, what: Rebuild, jobs: int) -> Rebuilt:
    """Assemble the new corpus and exchange it for the old; behind the door, so that no run publishes meanwhile."""
    working = live_runs(folder)
    if working:
        raise StorageError(
            f"{', '.join(working)}: a run is at work, so the tables are left alone. Run this again when it has ended "
            "(what was read is kept), or write into a new folder with --into."
        )
    clear_compaction(folder)
    # Runs that ended while files were read have left new ones.
    staged = _stage_all(folder, stage, extractor, what, jobs, None)
    selection = Selection(stage, staged, _desks(extractor), what.portal, folder, what.file)
    result = _result(staged, selection)
    made = stage.path / "corpus"
    shutil.rmtree(made, ignore_errors=True)
    result.captures, result.articles = assemble(selection, made, jobs)
    # Before the tables change: killed in between, the next run must not hold its pages against versions that are gone.
    dedupe.discard(folder)
    newest.discard(folder)
    swap(made, folder.corpus)
    # A reader that is just listing the old tables must not find half of their names, which the new ones have as well.
    retire(folder, made, folder.corpus)
    shutil.rmtree(_workshop(folder))
    return result


def _desks(extractor: Extractor) -> Callable[[str], str]:
    return lambda portal: extractor.facts(portal).desk


def _result(staged: list[Staged], selection: Selection) -> Rebuilt:
    if not selection.portals and (selection.portal or selection.file):
        named = selection.file or f"portal {selection.portal}"
        raise UsageError(f"{named}: no closed WARC file has its records, and no row names it.")
    result = Rebuilt(files=len(staged), lost={one.name: one.lost for one in staged if one.lost})
    left_out = sum(one.unlisted for one in staged)
    if left_out:
        result.notes.append(f"{left_out} captures of addresses that are unlisted have no row and no CDXJ line")
    unknown = sum(one.unknown for one in staged)
    if unknown:
        result.notes.append(f"{unknown} records name no portal and their hosts belong to none: they have no row")
    return result


def _index(folder: DataFolder, target: DataFolder, files: list[Path], readers: Readers) -> None:
    """Write the CDXJ of ``files`` anew and of all others that have none, into ``target``; merge them.

    Payloads of revisits are found through it, and they may lie in any file.
    """
    everything = folder.warc_files()
    known = {index_path(target, path.name): path for path in everything}
    for index in index_files(target):
        if index not in known:
            remove_index(target, index.name.removesuffix(SUFFIX))
    todo = [path for index, path in known.items() if path in files or not index.exists()]
    damages = readers.each(partial(index_unless_damaged, folder, target), todo)
    for path, damage in zip(todo, damages, strict=True):
        _warn(path, damage)
    merge_index(target)


def index_or_warn(folder: DataFolder, path: Path) -> None:
    """``index_warc``; a damaged file gets no CDXJ and is named in the log."""
    _warn(path, index_unless_damaged(folder, folder, path))


def _warn(path: Path, damage: str | None) -> None:
    if damage is not None:
        logger.warning("%s; it gets no CDXJ before `baotinh salvage %s`", damage, path.name)


def _workshop(folder: DataFolder) -> Path:
    return folder.state / "rebuild"


def undo_rebuild(folder: DataFolder) -> None:
    """Put the old corpus back if the swap was killed halfway."""
    for old in _old_tables(folder):
        undo_swap(old, folder.corpus)


def _old_tables(folder: DataFolder) -> Iterator[Path]:
    return _workshop(folder).glob(f"*/{folder.corpus.name}{OLD_SUFFIX}")


def _tidy(folder: DataFolder, current: Path) -> None:
    """Remove what other versions of the program staged, and old tables that a rebuild was killed before removing."""
    undo_rebuild(folder)
    for old in _old_tables(folder):
        shutil.rmtree(old)
    for path in _workshop(folder).glob("*"):
        if path != current:
            shutil.rmtree(path)


def _fingerprint() -> str:
    """A name for this program: its sources and the libraries that decide what rows say.

    Results staged by another version are not mixed with this one's.
    """
    digest = hashlib.sha256(SCHEMA_VERSION.encode())
    for name in _DECIDING:
        digest.update(f"{name} {version(name)}\n".encode())
    root = Path(__file__).parents[1]
    for package in ("archive", "pipelines", "scrapers"):
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _alone(folder: DataFolder) -> Iterator[None]:
    """One rebuild at a time."""
    try:
        _workshop(folder).parent.mkdir(parents=True, exist_ok=True)
        lock = (folder.state / "rebuild.lock").open("ab")
    except OSError as error:
        raise StorageError(f"{folder.state}: {error.strerror}: nothing can be staged there") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StorageError(f"{folder.path}: another rebuild is at work; wait until it has ended.") from error
        yield
