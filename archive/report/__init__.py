"""The report of all runs for people: ``reports/report.html``, one page without scripts or anything from elsewhere."""

from __future__ import annotations

from pathlib import Path

from archive.files import write_whole
from archive.layout import DataFolder
from archive.report.figures import collect
from archive.report.page import render
from archive.runmonths import MonthTable


def report_path(folder: DataFolder) -> Path:
    """Where the report lies."""
    return folder.reports / "report.html"


def write_report(folder: DataFolder, tables: list[MonthTable]) -> Path:
    """Write the report of the runs in ``tables`` and of the corpus; its path.

    Raises ``StorageError`` when either cannot be read or the disk refuses, ``BaotinhError`` when a table is damaged.
    """
    write_whole(report_path(folder), [render(collect(folder, tables)).encode()])
    return report_path(folder)
