"""What a crawl costs: bare Scrapy, the way people add trafilatura and warcio to it, and ours, in one run.

All crawl the same replica of a NukeViet site on this machine, without delays, in turn; the server is a
process of its own and has rendered every page before the clock starts. Prints the medians of pages per second, CPU
milliseconds per page (user and system, of the crawler and its workers, its start left out) and the peak of the tree's
resident memory, then the medians of the ratios of each round: what else goes on in a machine, or beside it, makes one
run a third slower than the next, and tells least between two that follow each other. Every other round goes backwards.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("bare", "capture", "inline", "ours")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Run:
    """One crawl: pages, articles among them, wall and CPU seconds, CPU seconds of the start, peak bytes of the tree."""

    pages: int
    articles: int
    wall: float
    cpu: float
    startup: float
    memory: int

    def speed(self) -> float:
        """Pages fetched per second of wall clock, start-up included."""
        return self.pages / self.wall

    def cost(self) -> float:
        """CPU milliseconds per page, what it takes to start left out."""
        return 1000 * (self.cpu - self.startup) / self.pages


def main() -> None:
    """Run the contenders in turn and print the table and the ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crawl", description=__doc__)
    parser.add_argument("--articles", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(NAMES), help="contenders, comma-separated")
    arguments = parser.parse_args()
    names = [name for name in arguments.only.split(",") if name in NAMES]
    runs: dict[str, list[Run]] = {name: [] for name in names}
    with replica(arguments.articles) as connect_to:
        measure("bare", connect_to)
        for turn in range(arguments.rounds):
            for name in names[:: -1 if turn % 2 else 1]:
                runs[name].append(measure(name, connect_to))
    report(runs, arguments.articles)


def measure(name: str, connect_to: str) -> Run:
    """Run one contender in a process of its own and watch it."""
    data = tempfile.mkdtemp(prefix="bench-")
    command = [sys.executable, "-m", "benchmarks.contenders", name, data, connect_to]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
    watcher.start()
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    watcher.join()
    shutil.rmtree(data)
    if process.returncode:
        raise SystemExit(f"{name} ended with exit code {process.returncode}")
    counted = json.loads(printed.splitlines()[-1])
    return Run(
        counted["pages"], counted["articles"], wall, usage.ru_utime + usage.ru_stime, counted["startup"], peak[0]
    )


def _watch(pid: int, peak: list[int]) -> None:
    """Keep the highest sum of resident memory of ``pid`` and its descendants in ``peak``."""
    while Path(f"/proc/{pid}").exists():
        total = sum(resident(member) for member in tree(pid))
        if total == 0:
            return
        peak[0] = max(peak[0], total)
        time.sleep(0.1)


def tree(pid: int) -> Iterator[int]:
    """``pid`` and its descendants."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from tree(int(child))


def resident(pid: int) -> int:
    """Resident bytes of ``pid``; 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


@contextmanager
def replica(articles: int) -> Iterator[str]:
    """The replica site as a process; gives the ``connect_to`` that leads to it."""
    ready = Path(tempfile.mkdtemp(prefix="bench-")) / "ready.json"
    command = [sys.executable, "-m", "tests.replica", "serve", "--sites", "hdnd_caobang", "--ready", str(ready)]
    with subprocess.Popen([*command, "--articles", str(articles)], cwd=ROOT) as server:
        while not ready.exists() and server.poll() is None:
            time.sleep(0.1)
        try:
            yield json.loads(ready.read_text())["connect_to"]
        finally:
            server.terminate()
            shutil.rmtree(ready.parent)


def report(runs: dict[str, list[Run]], articles: int) -> None:
    """Print medians and ratios."""
    print(f"{articles} articles, {len(next(iter(runs.values())))} rounds, medians, {os.cpu_count()} cores")
    print(f"{'':10}{'pages':>8}{'articles':>10}{'pages/s':>10}{'CPU ms/page':>13}{'peak MB':>10}")
    for name, tries in runs.items():
        speed, cpu, memory = _medians(tries)
        print(f"{name:10}{tries[0].pages:8}{tries[0].articles:10}{speed:10.1f}{cpu:13.2f}{memory / 1e6:10.0f}")
    for one, other in (("capture", "bare"), ("ours", "inline")):
        if one in runs and other in runs:
            print(f"{one} / {other}, pages per second: {_ratio(runs[one], runs[other], Run.speed):.2f}")
            print(f"{one} / {other}, CPU per page: {_ratio(runs[one], runs[other], Run.cost):.3f}")


def _ratio(ones: list[Run], others: list[Run], of: Callable[[Run], float]) -> float:
    return statistics.median(of(one) / of(other) for one, other in zip(ones, others, strict=True))


def _medians(tries: list[Run]) -> tuple[float, float, float]:
    return (
        statistics.median(run.speed() for run in tries),
        statistics.median(run.cost() for run in tries),
        statistics.median(run.memory for run in tries),
    )


if __name__ == "__main__":
    main()
