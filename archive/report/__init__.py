"""The report of all runs for people: ``reports/report.html``, one page without scripts or anything from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from archive.files import write_whole
from archive.layout import DataFolder
from archive.report.figures import collect
from archive.report.page import render


def report_path(folder: DataFolder) -> Path:
    """Where the report lies."""
    return folder.reports / "report.html"


def write_report(folder: DataFolder, runs: pa.Table) -> Path:
    """Write the report of ``runs`` (the table of ``archive.runtable``) and the corpus; its path.

    Raises ``StorageError`` when the corpus cannot be read or the disk refuses.
    """
    write_whole(report_path(folder), [render(collect(folder, runs)).encode()])
    return report_path(folder)
