"""The tables of runs: grown as if made whole, made whole when their log was edited, opened only where it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from archive import runmonths
from archive.errors import DamagedFile, StorageError
from archive.layout import DataFolder
from archive.runlogs import log_path, runs_folder
from archive.runmonths import last_runs, write_runs
from archive.runs import RunReport, append_report
from archive.runtable import RUNS

START = datetime(2026, 11, 1, tzinfo=UTC)


def run(folder: DataFolder, number: int, **fields: Any) -> None:
    """Append the report of the run ``number``, one an hour, of one of three portals."""
    began = START + timedelta(hours=number)
    portal = f"portal_{number % 3}"
    report = RunReport(f"{number}", portal, began.isoformat(), 1.0, "finished", found=number, warc_bytes=10, **fields)
    append_report(folder, report)


def tables(folder: DataFolder) -> dict[str, bytes]:
    """The bytes of all tables."""
    return {path.stem: path.read_bytes() for path in runs_folder(folder).glob("*.parquet")}


def found(folder: DataFolder, month: str = "2026-11") -> list[int]:
    """The numbers of the runs in the table of ``month``."""
    return list(pq.read_table(runs_folder(folder) / f"{month}.parquet")["found"].to_pylist())


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A folder with forty runs of November."""
    folder = DataFolder(tmp_path / "data")
    for number in range(40):
        run(folder, number, errors={"status 500": number})
    return folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of sixteen rows, read seven at a time."""
    monkeypatch.setattr(runmonths, "_GROUP", 16)
    monkeypatch.setattr(runmonths, "_BATCH", 7)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The logs that are read for rows, each with the byte from which on."""
    noted: list[tuple[str, int]] = []
    new_rows = runmonths._new_rows

    def noting(log: Path, start: int = 0) -> Any:
        noted.append((log.stem, start))
        return new_rows(log, start)

    monkeypatch.setattr(runmonths, "_new_rows", noting)
    return noted


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("steps", [[1, 1, 1], [16], [15, 1, 16, 17], [50]])
def test_a_table_that_grew_is_the_one_made_whole(folder: DataFolder, steps: list[int]) -> None:
    write_runs(folder)
    rows = 40
    for step in steps:
        for number in range(rows, rows + step):
            run(folder, number)
        rows += step
        (month,) = write_runs(folder)
        assert (month.month, month.rows, month.warc_bytes) == ("2026-11", rows, 10 * rows)
    grown = tables(folder)
    month.path.unlink()
    write_runs(folder)
    assert tables(folder) == grown
    assert pq.read_schema(month.path).equals(RUNS)


def test_only_a_log_that_grew_is_read_and_only_where_it_did(folder: DataFolder, made: list[tuple[str, int]]) -> None:
    for number in (24 * 30 + 1, 24 * 61 + 1):
        run(folder, number)
    assert [month.rows for month in write_runs(folder)] == [40, 1, 1]
    assert made == [("2026-11", 0), ("2026-12", 0), ("2027-01", 0)]
    before = tables(folder)
    made.clear()
    write_runs(folder)
    assert made == []
    size = log_path(folder, "2026-12").stat().st_size
    run(folder, 24 * 30 + 4)
    write_runs(folder)
    assert made == [("2026-12", size)]
    assert {month for month, table in tables(folder).items() if table != before[month]} == {"2026-12"}


def test_a_log_that_was_edited_is_read_whole(folder: DataFolder, made: list[tuple[str, int]]) -> None:
    write_runs(folder)
    log = log_path(folder, "2026-11")
    lines = log.read_bytes().splitlines(keepends=True)
    # Shorter; of the same length; longer than before behind a line that is another.
    edits = [
        lines[:30],
        [lines[0].replace(b'"found": 0', b'"found": 9'), *lines[1:30]],
        [lines[0].replace(b'"found": 0', b'"found": 8'), *lines[1:]],
    ]
    for edit, numbers in zip(edits, ([*range(30)], [9, *range(1, 30)], [8, *range(1, 40)]), strict=True):
        made.clear()
        log.write_bytes(b"".join(edit))
        write_runs(folder)
        assert (found(folder), made) == (numbers, [("2026-11", 0)])
    made.clear()
    log.write_bytes(b"")
    assert [month.rows for month in write_runs(folder)] == [0]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"not json }", "a JSON line"),
        (b"{}", "the report of a run .*started"),
        (b'{"portal": "baocaobang", "started": "gestern"}', "the report of a run .*gestern"),
        (b'{"portal": "baocaobang", "started": 7}', "the report of a run"),
        (b'{"run_id": "1", "portal": "a", "started": "2026-11-02T01:00:00", "errors": [1]}', "the report of a run"),
        (b'{"portal": "baocaobang", "started": "2026-11-02T01:00:00"}', "the report of a run .*run_id"),
        (b'{"run_id": "1", "started": "2026-11-02T01:00:00"}', "the report of a run .*portal"),
        (b'{"run_id": "1", "portal": null, "started": "2026-11-02T01:00:00"}', "the report of a run .*portal"),
        (b'{"run_id": "1", "portal": 7, "started": "2026-11-02T01:00:00"}', "the report of a run"),
        (b'{"run_id": "1", "portal": "a", "started": "2026-11-02", "warc_bytes": 1e99}', "the report of a run"),
    ],
)
def test_a_damaged_line_is_named_and_once_removed_the_rest_is_read(folder: DataFolder, line: bytes, what: str) -> None:
    write_runs(folder)
    before = tables(folder)
    log = log_path(folder, "2026-11")
    whole = log.read_bytes()
    log.write_bytes(whole + line + b"\n")
    run(folder, 40)
    with pytest.raises(DamagedFile, match=f"at byte {len(whole)}: not {what}.*; remove the line"):
        write_runs(folder)
    assert tables(folder) == before
    assert not list(runs_folder(folder).glob("*.part"))
    log.write_bytes(log.read_bytes().replace(line + b"\n", b""))
    write_runs(folder)
    assert found(folder) == list(range(41))


def test_a_torn_tail_is_passed_over_and_what_follows_it_is_not(folder: DataFolder) -> None:
    log = log_path(folder, "2026-11")
    with log.open("ab") as file:
        file.write(b'{"portal": "to')
    write_runs(folder)
    assert found(folder) == list(range(40))
    run(folder, 40)
    write_runs(folder)
    assert found(folder) == list(range(41))


def test_a_table_that_cannot_be_read_is_made_whole(folder: DataFolder) -> None:
    write_runs(folder)
    ((month, whole),) = tables(folder).items()
    path = runs_folder(folder) / f"{month}.parquet"
    for spoilt in (b"", whole[:-20], whole.replace(b"PAR1", b"PAR2")):
        path.write_bytes(spoilt)
        write_runs(folder)
        assert tables(folder) == {month: whole}
    # Where the footer is good and the rows are not, it is found out when they are wanted.
    path.write_bytes(whole[:4] + bytes(len(whole) // 4) + whole[4 + len(whole) // 4 :])
    run(folder, 40)
    write_runs(folder)
    assert found(folder) == list(range(41))


def test_a_table_of_other_columns_is_made_whole(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(runmonths, "RUNS", RUNS.remove(RUNS.get_field_index("missed")))
        earlier.setattr(runmonths, "_COLUMNS", "those of before")
        write_runs(folder)
    write_runs(folder)
    (path,) = runs_folder(folder).glob("*.parquet")
    assert pq.read_schema(path).equals(RUNS)


def test_the_table_of_a_log_that_was_moved_away_stays(folder: DataFolder) -> None:
    (month,) = write_runs(folder)
    log_path(folder, "2026-11").unlink()
    assert write_runs(folder) == [month]
    assert len(last_runs(folder)) == 3


def test_the_table_of_an_earlier_version_goes(folder: DataFolder) -> None:
    (folder.reports / "runs.parquet").write_bytes(b"PAR1")
    write_runs(folder)
    assert sorted(path.name for path in folder.reports.iterdir()) == ["runs"]


def test_the_last_runs_are_sought_where_there_are_any(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    append_report(folder, RunReport("old", "gone", "2024-01-01T00:00:00", 1.0, "finished"))
    for month in range(26):
        append_report(folder, RunReport("new", "a", f"{2025 + month // 12}-{month % 12 + 1:02d}-01", 1.0, "finished"))
    # The clock went back between the last two.
    run(folder, 38)
    write_runs(folder)
    opened: list[Any] = []
    rows_at = runmonths._rows_at

    def noting(file: Any, places: list[int]) -> Any:
        opened.append(places)
        return rows_at(file, places)

    monkeypatch.setattr(runmonths, "_rows_at", noting)
    last = last_runs(folder)
    assert [(one["portal"], one["found"]) for one in last] == [
        ("a", 0),
        *((f"portal_{n}", m) for n, m in zip((0, 1, 2), (39, 37, 38), strict=True)),
    ]
    # Of 27 months, that of the newest run and that of the other portals'.
    assert len(opened) == 2


def test_a_table_that_is_none_is_named(folder: DataFolder) -> None:
    write_runs(folder)
    (runs_folder(folder) / "2026-10.parquet").write_bytes(b"no table")
    with pytest.raises(DamagedFile, match=r"2026-10.parquet: .*Delete it"):
        last_runs(folder)


def test_a_table_that_the_disk_refuses_is_not_called_damaged(folder: DataFolder) -> None:
    write_runs(folder)
    loop = runs_folder(folder) / "2026-10.parquet"
    loop.symlink_to(loop)
    with pytest.raises(StorageError, match=r"2026-10\.parquet"):
        last_runs(folder)
