"""How well articles are read: ours with rules, ours without, and what others use, on the same pages in one run.

The pages are those of all replica sites, or of a WARC file whose truth is known. Every contender is a process of
its own; all read page after page in turn, one at a time, and the times are the medians over the pages of the least
of several rounds. On the sample of ``floors.json`` the exit code is 4 when a figure of ours is below its floor; on any
when ours without rules is below the best mode of trafilatura in a measure that it has.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from archive.errors import BaotinhError
from benchmarks.floors import PATH, Figures, Floors
from benchmarks.readers import OURS, READERS, Found, missing, text_for_others
from benchmarks.samples import Sample, replica_samples, warc_samples
from benchmarks.scores import MEASURES, means, score

BELOW_THE_FLOOR = 4
_WARM_UP = 3


@dataclass(slots=True)
class Result:
    """What a reader did with one page: its scores, and the least CPU and wall milliseconds it took."""

    site: str
    scores: dict[str, float]
    cpu: float = 0.0
    wall: float = 0.0


Results = dict[str, list[Result]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the contenders, print the tables, judge; the exit code."""
    options = options_of(arguments)
    floors = Floors.load(options.floors)
    names = options.only.split(",") if options.only else list(READERS)
    for name in [name for name in names if missing(name)]:
        print(f"{name} is left out: {READERS[name].package} is not installed", file=sys.stderr)
    names = [name for name in names if not missing(name)]
    try:
        samples = _samples(options, floors)
    except (BaotinhError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    results = compare(samples, names, options.rounds)
    print(as_json(results) if options.json else as_table(results))
    return judge(results, floors, options)


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__)
    parser.add_argument("--articles", type=int, help="articles a site; default: the sample of the floors")
    parser.add_argument("--seed", type=int, help="another newsroom; default: the sample of the floors")
    parser.add_argument("--warc", type=Path, help="read the pages of this WARC file instead of the replicas'")
    parser.add_argument("--truth", type=Path, help="JSON list of what their editors typed (see benchmarks/samples.py)")
    parser.add_argument("--portal", help="the portal whose rules read the WARC file's pages")
    parser.add_argument("--only", help=f"contenders, comma-separated: {', '.join(READERS)}")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--floors", type=Path, default=PATH, help=argparse.SUPPRESS)
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--raise", dest="up", action="store_true", help="write better figures as the new floors")
    change.add_argument("--lower", metavar="MEASURE", choices=MEASURES, help="let a measure's floors down")
    parser.add_argument("--reason", metavar="TEXT", help="why, kept in floors.json")
    return parser.parse_args(arguments)


def _samples(options: argparse.Namespace, floors: Floors) -> list[Sample]:
    if (options.warc is None) != (options.truth is None):
        raise ValueError("--warc and --truth go together: the pages, and what their editors typed")
    if options.lower and not (options.reason or "").strip():
        raise ValueError("--lower needs --reason: why is a lower figure right?")
    if options.warc:
        return warc_samples(options.warc, options.truth, options.portal)
    return replica_samples(options.articles or floors.articles, options.seed or floors.seed)


def compare(samples: list[Sample], names: Sequence[str], rounds: int) -> Results:
    """Let every reader of ``names`` read all ``samples`` ``rounds`` times, page by page in turn."""
    results: Results = {name: [] for name in names}
    with ExitStack() as stack:
        workers = {name: stack.enter_context(_worker(name)) for name in names}
        for sample in samples[:_WARM_UP]:
            for ask in workers.values():
                ask(sample)
        for sample in samples:
            for name, ask in workers.items():
                tries = [ask(sample) for _ in range(rounds)]
                found = score(tries[0][0], sample.truth, READERS[name].fields)
                cpu, wall = (1000 * min(times) for times in list(zip(*tries, strict=True))[1:])
                results[name].append(Result(sample.site, found, cpu, wall))
    return results


def read_here(samples: list[Sample], names: Sequence[str] = OURS) -> Results:
    """The scores of ``names`` on ``samples``, read in this process, without times."""
    return {
        name: [
            Result(sample.site, score(READERS[name].read(sample, text), sample.truth, READERS[name].fields))
            for sample in samples
            for text in ["" if name in OURS else text_for_others(sample)]
        ]
        for name in names
    }


@contextmanager
def _worker(name: str) -> Iterator[Any]:
    """A process that reads as ``name``: a function from a sample to what it found, CPU seconds, wall seconds."""
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    process = context.Process(target=_serve, args=(name, far), daemon=True)
    process.start()
    far.close()
    try:
        yield partial(_ask, near)
    finally:
        near.close()
        process.join(10)


def _ask(worker: Connection, sample: Sample) -> tuple[Found, float, float]:
    worker.send((sample, text_for_others(sample)))
    answer: tuple[Found, float, float] = worker.recv()
    return answer


def _serve(name: str, parent: Connection) -> None:
    read = READERS[name].read
    while True:
        try:
            sample, text = parent.recv()
        except EOFError:
            return
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            found = read(sample, text)
        except Exception as error:  # noqa: BLE001 - a contender that falls over has read nothing
            print(f"{name}: {sample.page.url}: {error!r}", file=sys.stderr)
            found = Found()
        parent.send((found, time.process_time() - cpu, time.perf_counter() - wall))


# Figures and judgement


def figures_of(results: Results) -> Figures:
    """The mean of every measure per reader and site."""
    return {
        name: {site: means(r.scores for r in pages if r.site == site) for site in dict.fromkeys(r.site for r in pages)}
        for name, pages in results.items()
    }


def judge(results: Results, floors: Floors, options: argparse.Namespace) -> int:
    """Hold the figures against the floors and the generic reader against trafilatura; 0 or ``BELOW_THE_FLOOR``."""
    problems = behind_trafilatura(results)
    sample = (options.articles or floors.articles, options.seed or floors.seed)
    if sample == (floors.articles, floors.seed) and not options.warc:
        figures = figures_of(results)
        if options.up:
            print(f"{floors.raise_floors(figures)} floors raised", file=sys.stderr)
            floors.save(options.floors)
        if options.lower:
            print(f"{floors.lower_floors(figures, options.lower, options.reason)} floors lowered", file=sys.stderr)
            floors.save(options.floors)
        problems += floors.failures(figures)
    for problem in problems:
        print(f"below: {problem}", file=sys.stderr)
    return BELOW_THE_FLOOR if problems else 0


def behind_trafilatura(results: Results) -> list[str]:
    """The sites and measures in which the best mode of trafilatura is better than ours without rules."""
    figures = figures_of(results)
    modes = [name for name in figures if name.startswith("trafilatura")]
    return [
        f"generic, {site}: {measure} is {own:.4f}, {best}'s {figures[best][site][measure]:.4f}"
        for site, measures in figures.get("generic", {}).items()
        for measure, own in measures.items()
        if (able := [name for name in modes if measure in figures[name][site]])
        and own < figures[best := max(able, key=lambda name: figures[name][site][measure])][site][measure]
    ]


# Printing


def as_json(results: Results) -> str:
    """Every page of every reader."""
    return json.dumps({name: [asdict(page) for page in pages] for name, pages in results.items()}, indent=1)


def as_table(results: Results) -> str:
    """A block per site, and one of all, a line per reader."""
    sites = list(dict.fromkeys(page.site for pages in results.values() for page in pages))
    blocks = [_block(site, {n: [r for r in pages if r.site == site] for n, pages in results.items()}) for site in sites]
    if len(sites) > 1:
        blocks.append(_block("all", results))
    notes = [f"{name:10}{meaning}" for name, meaning in MEASURES.items()]
    return "\n\n".join([*blocks, "\n".join(notes), "\n".join(_ratios(results))])


def _ratios(results: Results) -> Iterator[str]:
    """The CPU time of ours beside that of trafilatura's default, with metadata and without."""
    for own in (name for name in OURS if name in results):
        for other in (name for name in ("trafilatura", "trafilatura-text") if name in results):
            yield f"CPU per page, {own} / {other}: {_median(results[own], 'cpu') / _median(results[other], 'cpu'):.2f}"


def _median(pages: list[Result], kind: str) -> float:
    return statistics.median([float(getattr(page, kind)) for page in pages])


def _block(site: str, results: Results) -> str:
    count = max(len(pages) for pages in results.values())
    head = f"{f'{site}, {count} pages':32}" + "".join(f"{name:>9}" for name in MEASURES) + f"{'CPU ms':>9}{'ms':>9}"
    return "\n".join([head, *(_line(name, pages) for name, pages in results.items())])


def _line(name: str, pages: list[Result]) -> str:
    found = means(page.scores for page in pages)
    cells = "".join(f"{found[m]:9.3f}" if m in found else f"{'-':>9}" for m in MEASURES)
    return f"{name:32}{cells}{_median(pages, 'cpu'):9.1f}{_median(pages, 'wall'):9.1f}"


if __name__ == "__main__":
    sys.exit(main())
