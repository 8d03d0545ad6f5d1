"""``baotinh report``: the tables of all runs and the page about them."""

from __future__ import annotations

import argparse
from typing import Any

from archive.cli.console import as_json
from archive.errors import StorageError
from archive.layout import DataFolder
from archive.report import write_report
from archive.runlogs import month_logs, runs_folder
from archive.runmonths import last_runs, write_runs


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("report", parents=[common], help="make reports/report.html and reports/runs/*.parquet")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Bring both up to what there is and say where they are; with ``--json`` also the last run of every portal."""
    if not month_logs(folder):
        raise StorageError(f"{runs_folder(folder)} has no report: no run has ended in this data folder yet.")
    tables = write_runs(folder)
    page = write_report(folder, tables)
    where, runs = str(runs_folder(folder) / "*.parquet"), sum(table.rows for table in tables)
    if args.json:
        print(as_json({"page": str(page), "table": where, "runs": runs, "last": last_runs(folder)}))
    else:
        print(f"{page}\n{where}: {runs} runs")
    return 0
