"""Re-reading many WARC files in worker processes: a page that kills or hangs a worker costs that page only.

The rows of each file are staged in a folder of their own and marked whole at the end, so that work that was
interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from archive.access import PurgeList
from archive.errors import BaotinhError
from archive.files import write_whole
from archive.layout import DataFolder, TableName
from archive.memory import collect_seldom
from archive.model import Extractor
from archive.reread import FileReader, Reading
from archive.tables import TableStage, discard_staged, staged_files

logger = logging.getLogger(__name__)

PAGE_SECONDS = 30.0
_FLUSH_ROWS = 4096
_DONE = "done.json"
# A worker may die once for a reason of its own, such as a lack of memory.
_DEATHS = 2

Progress = Callable[[int, int], None]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class StageTask:
    """A WARC file to re-read, and where its rows are staged; the other fields are as in ``FileReader``."""

    path: Path
    stage: DataFolder
    cdx: DataFolder
    left_out: PurgeList
    skip: frozenset[int] = frozenset()
    spoilt: tuple[tuple[int, str], ...] = ()

    @property
    def folder(self) -> Path:
        """Where the rows of this file are staged."""
        return self.stage.staging / self.path.name


@dataclass(slots=True)
class Staged:
    """What re-reading a file gave: rows by table, the portals they are of, and what could not be read.

    ``stamp`` is the file's size in bytes and its time of change in nanoseconds when it was read, ``left_out`` the ids
    of the purges that were obeyed. ``unlisted`` and ``unknown`` are as in ``FileReader``.
    """

    name: str
    stamp: list[int]
    left_out: list[str]
    captures: int = 0
    articles: int = 0
    unknown: int = 0
    unlisted: int = 0
    portals: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def staged_before(task: StageTask) -> Staged | None:
    """What an earlier call staged for ``task``, if that is whole, and the file and what is left out still the same."""
    try:
        staged = Staged(**json.loads((task.folder / _DONE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    same = staged.stamp == _stamp(task.path) and staged.left_out == _ids(task.left_out)
    return staged if same else None


def staged_paths(stage: DataFolder, name: str, table: TableName) -> list[Path]:
    """The staged Parquet files with rows of ``table`` made from the WARC file ``name``."""
    return [path for path in staged_files(stage, name) if path.parent.parent.name == table]


def _stage(
    task: StageTask,
    extractor: Extractor,
    reading: Reading = lambda offset: None,
    walked: Callable[[int], None] = lambda end: None,
) -> Staged:
    """Re-read one file and stage its rows."""
    discard_staged(task.stage, task.path.name)
    staged = Staged(task.path.name, _stamp(task.path), _ids(task.left_out))
    tables: dict[TableName, TableStage] = {
        "captures": TableStage(task.stage, "captures", task.path.name, "rows"),
        "articles": TableStage(task.stage, "articles", task.path.name, "rows"),
    }
    reader = FileReader(task.path, extractor, task.cdx, task.left_out, task.skip, dict(task.spoilt), reading)
    portals = set()
    for row in reader.rows():
        tables["captures"].add([row.capture])
        tables["articles"].add([row.article] if row.article else [])
        staged.captures += 1
        staged.articles += row.article is not None
        portals.add(row.capture["portal"])
        if len(tables["captures"]) >= _FLUSH_ROWS:
            _flush(tables.values())
        walked(row.end)
    _flush(tables.values())
    staged.portals, staged.unknown, staged.unlisted = sorted(portals), reader.unknown, reader.unlisted
    staged.lost = [str(lost) for lost in reader.lost]
    write_whole(task.folder / _DONE, [json.dumps(asdict(staged)).encode()])
    return staged


def _flush(tables: Iterable[TableStage]) -> None:
    for table in tables:
        table.flush()


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _ids(left_out: PurgeList) -> list[str]:
    return sorted(purge.id for purge in left_out.purges)


class Readers:
    """Worker processes that re-read WARC files, ``jobs`` at most, for ``files`` files; they start when first needed.

    With ``jobs=0`` everything is done in this process, unprotected from pages that kill it.
    """

    def __init__(self, extractor: Extractor, jobs: int, files: int) -> None:
        self._extractor = extractor
        self._pool: Any = None
        if jobs and files:
            context = multiprocessing.get_context("spawn")
            # A slot for each file and no lock: a worker that dies cannot hold up the others.
            self._done, self._at = context.RawArray("q", files), context.RawArray("q", files)
            start = (extractor, self._done, self._at)
            self._pool = ProcessPool(min(jobs, files), context=context, initializer=_start, initargs=start)

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._pool is not None:
            (self._pool.close if kind is None else self._pool.stop)()
            self._pool.join()

    def each(self, function: Callable[[Path], Result], paths: Sequence[Path]) -> list[Result]:
        """What ``function``, which can be sent to another process, gives for each of ``paths``.

        Raises ``BaotinhError`` for a path on which worker after worker dies.
        """
        if self._pool is None:
            return [function(path) for path in paths]
        futures = [self._schedule(function, path) for path in paths]
        return [self._result(future, function, path) for future, path in zip(futures, paths, strict=True)]

    def _schedule(self, function: Callable[[Path], Result], path: Path) -> Future[Result]:
        future: Future[Result] = self._pool.schedule(function, args=(path,))
        return future

    def _result(self, future: Future[Result], function: Callable[[Path], Result], path: Path) -> Result:
        for _ in range(_DEATHS - 1):
            with suppress(ProcessExpired):
                return future.result()
            future = self._schedule(function, path)
        try:
            return future.result()
        except ProcessExpired as error:
            raise _died(path, f"ended with {error.exitcode}") from error

    def stage(self, tasks: Sequence[StageTask], tell: Callable[[int], None]) -> list[Staged]:
        """Re-read the file of each task and stage its rows; ``tell`` is told the bytes read."""
        if self._pool is None:
            return [_stage(task, self._extractor) for task in tasks]
        self._done[:] = [0] * len(self._done)
        watch = _Watch(self._pool, list(tasks), self._at)
        while watch.waiting:
            watch.step()
            tell(sum(self._done))
        return [watch.results[number] for number in range(len(tasks))]


def stage_files(tasks: Sequence[StageTask], readers: Readers, progress: Progress | None = None) -> list[Staged]:
    """Have ``readers`` re-read the files of ``tasks`` and stage their rows; what is staged already is kept.

    ``progress`` is called with bytes done and bytes in all. Raises ``StorageError`` when the disk refuses.
    """
    found = {task.path: staged_before(task) for task in tasks}
    todo = sorted((task for task in tasks if found[task.path] is None), key=lambda task: -task.path.stat().st_size)
    total = sum(task.path.stat().st_size for task in tasks)
    before = total - sum(task.path.stat().st_size for task in todo)

    def tell(done: int) -> None:
        if progress is not None:
            progress(min(before + done, total), total)

    found.update(zip((task.path for task in todo), readers.stage(todo, tell), strict=True))
    return [staged for staged in found.values() if staged is not None]


def _died(path: Path, how: str) -> BaotinhError:
    return BaotinhError(f"{path}: the process that read it {how} outside of any page; is memory short?")


class _Watch:
    """Gives tasks to the pool, and again without the page that a worker died of or hangs on.

    ``at`` holds, for each task, the offset of the page being read plus one, 0 between pages.
    """

    def __init__(self, pool: Any, tasks: list[StageTask], at: Any) -> None:
        self._pool = pool
        self._tasks = tasks
        self._at = at
        self._since: dict[int, tuple[int, float]] = {}
        self._deaths = [0] * len(tasks)
        self.waiting: dict[Future[Staged], int] = {}
        self.results: dict[int, Staged] = {}
        for number in range(len(tasks)):
            self._give(number)

    def _give(self, number: int) -> None:
        self._at[number] = 0
        future = self._pool.schedule(_stage_in_worker, args=(number, self._tasks[number]))
        self.waiting[future] = number

    def step(self) -> None:
        """Wait a moment, collect what is done, end what hangs."""
        finished, _ = wait(self.waiting, timeout=0.1, return_when=FIRST_COMPLETED)
        for future in finished:
            number = self.waiting.pop(future)
            try:
                self.results[number] = future.result()
            except ProcessExpired as error:
                self._again(number, "crash", f"ended with {error.exitcode}")
            except CancelledError:
                self._again(number, "timeout", "hung")
        for future, number in self.waiting.items():
            if self._hangs(number):
                future.cancel()

    def _hangs(self, number: int) -> bool:
        """Whether the same page has been read for longer than any page may take."""
        now = time.monotonic()
        place = self._at[number]
        if place == 0 or self._since.get(number, (0, now))[0] != place:
            self._since[number] = (place, now)
        return bool(place) and now - self._since[number][1] > PAGE_SECONDS

    def _again(self, number: int, reason: str, how: str) -> None:
        task, place = self._tasks[number], self._at[number]
        self._deaths[number] += place == 0
        if self._deaths[number] >= _DEATHS:
            raise _died(task.path, how)
        if place:
            logger.error("%s: at byte %d: a worker %s on this page (%s)", task.path, place - 1, how, reason)
            self._tasks[number] = replace(task, spoilt=(*task.spoilt, (place - 1, reason)))
        self._give(number)


_worker: dict[str, Any] = {}


def _start(extractor: Extractor, done: Any, at: Any) -> None:
    _worker.update(extractor=extractor, done=done, at=at)
    collect_seldom()


def _stage_in_worker(number: int, task: StageTask) -> Staged:
    def reading(offset: int | None) -> None:
        _worker["at"][number] = 0 if offset is None else offset + 1

    def walked(end: int) -> None:
        _worker["done"][number] = end

    return _stage(task, _worker["extractor"], reading, walked)
