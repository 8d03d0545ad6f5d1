"""``baotinh report``: the table of all runs and the page about them."""

from __future__ import annotations

import argparse
from typing import Any

from archive.cli.console import as_json
from archive.errors import StorageError
from archive.layout import DataFolder
from archive.report import write_report
from archive.runs import runs_path
from archive.runtable import last_runs, table_path, write_runs


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("report", parents=[common], help="make reports/report.html and reports/runs.parquet")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Make both anew and say where they are; with ``--json`` also the last run of every portal."""
    if not runs_path(folder).exists():
        raise StorageError(f"{runs_path(folder)} does not exist: no run has ended in this data folder yet.")
    runs = write_runs(folder)
    page = write_report(folder, runs)
    if args.json:
        said = {"page": str(page), "table": str(table_path(folder)), "runs": len(runs), "last": last_runs(folder)}
        print(as_json(said))
    else:
        print(f"{page}\n{table_path(folder)}: {len(runs)} runs")
    return 0
