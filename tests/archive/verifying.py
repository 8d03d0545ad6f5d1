"""What the tests of ``verify`` share: a sample archive, and ways to spoil its tables."""

import shutil
from collections.abc import Callable
from dataclasses import replace

from archive.layout import DataFolder, TableName
from archive.members import walk_members
from archive.schema import SCHEMAS
from archive.tables import TableStage
from archive.verify import Finding, Report, Scope, verify
from archive.verify.report import KINDS
from tests.archive.samples import (
    PAGES,
    PORTAL,
    PlainExtractor,
    Row,
    open_table,
)

EVERYTHING = Scope()
EMPTY_PAGE = replace(PAGES[0], number=3161490, paragraphs=())
MISSING_PAGE = replace(PAGES[0], number=3161491, status="404 Not Found")


def check(folder: DataFolder, scope: Scope = EVERYTHING) -> Report:
    return verify(folder, PlainExtractor(), scope, jobs=1)


def only(report: Report) -> Finding:
    assert len(report.findings) == 1, report.findings
    assert report.findings[0].kind in KINDS
    return report.findings[0]


def places(folder: DataFolder) -> list[tuple[int, int]]:
    (path,) = folder.warc_files()
    return [(offset, length) for offset, length, _ in walk_members(path)]


def publish(folder: DataFolder, table: TableName, rows: list[Row], run_id: str = "later") -> None:
    stage = TableStage(folder, table, run_id, PORTAL)
    stage.add(rows)
    stage.flush()
    stage.publish()


def rewrite(folder: DataFolder, table: TableName, change: Callable[[list[Row]], list[Row]]) -> None:
    """Publish the rows of ``table`` once more after ``change``, in place of what there is."""
    rows = open_table(folder, table).to_table(columns=SCHEMAS[table].names).to_pylist()
    shutil.rmtree(folder.table(table))
    publish(folder, table, change(rows))
