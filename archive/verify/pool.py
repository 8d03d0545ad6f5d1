"""Checking many files side by side: a file that kills its process costs the check of that file."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from archive.memory import collect_seldom

Progress = Callable[[int, int], None]
Walked = Callable[[int], None]
Task = TypeVar("Task")
Task_contra = TypeVar("Task_contra", contravariant=True)
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class Check(Protocol[Task_contra, Result_co]):
    """The check of one file, told to ``walked`` in bytes as it goes on; it can be sent to another process."""

    def __call__(self, task: Task_contra, *, walked: Walked) -> Result_co:
        """Check the file of ``task``."""
        ...


@dataclass(frozen=True, slots=True)
class Died:
    """The process that checked a file ended; how, in a sentence."""

    message: str


def check_all(
    tasks: Sequence[Task],
    check: Check[Task, Result],
    jobs: int | None,
    sizes: Sequence[int],
    progress: Progress | None,
) -> list[Result | Died]:
    """The outcome of each task in order, from ``jobs`` processes (default: one per processor).

    ``sizes`` are the bytes of the files; ``progress`` is told bytes done and bytes in all.
    """
    total = sum(sizes)

    def tell(done: int) -> None:
        if progress is not None:
            progress(min(done, total), total)

    jobs = min(jobs or len(os.sched_getaffinity(0)), len(tasks))
    return _in_pool(tasks, check, jobs, tell) if jobs > 1 else _here(tasks, check, tell)


def _here(tasks: Sequence[Task], check: Check[Task, Result], tell: Callable[[int], None]) -> list[Result | Died]:
    collect_seldom()
    done = 0

    def walked(count: int) -> None:
        nonlocal done
        done += count
        tell(done)

    return [check(task, walked=walked) for task in tasks]


def _in_pool(
    tasks: Sequence[Task], check: Check[Task, Result], jobs: int, tell: Callable[[int], None]
) -> list[Result | Died]:
    # Loaded here: one process needs none of it.
    from pebble import ProcessPool

    context = multiprocessing.get_context("spawn")
    # A slot for each task and no lock: a worker that dies cannot hold up the others.
    done = context.RawArray("q", len(tasks))
    with ProcessPool(jobs, context=context, initializer=_start_worker, initargs=(check, done)) as pool:
        futures: list[Future[Result]] = [pool.schedule(_in_worker, args=(at, task)) for at, task in enumerate(tasks)]
        waiting = set(futures)
        while waiting:
            _, waiting = wait(waiting, timeout=0.25, return_when=FIRST_COMPLETED)
            tell(sum(done))
        return [_outcome(future) for future in futures]


def _outcome(future: Future[Any]) -> Any:
    from pebble import ProcessExpired

    try:
        return future.result()
    except ProcessExpired as error:
        return Died(f"the process that checked this file ended with {error.exitcode}")


_worker: dict[str, Any] = {}


def _start_worker(check: Any, done: Any) -> None:
    _worker.update(check=check, done=done)
    collect_seldom()


def _in_worker(at: int, task: Any) -> Any:
    def walked(count: int) -> None:
        _worker["done"][at] += count

    return _worker["check"](task, walked=walked)
