"""The logs of runs: a file a month, the past of a portal read from its end, an earlier log split without a loss."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import runs
from archive.errors import DamagedFile, StorageError
from archive.files import json_line, read_json_lines
from archive.layout import DataFolder
from archive.runlogs import Places, log_path, month_logs, month_of, runs_folder
from archive.runs import RunReport, append_report, read_reports
from tests.conftest import ROOT

START = datetime(2026, 9, 30, 23, 30, tzinfo=UTC)


def report(portal: str, began: datetime, **fields: Any) -> RunReport:
    """A report of a run that began at ``began``."""
    return RunReport(f"{began:%Y%m%d%H%M%S}", portal, began.isoformat(), 1.0, "finished", **fields)


def lines(folder: DataFolder) -> Counter[bytes]:
    """How often each line stands in the logs of all months."""
    return Counter(line for log in runs_folder(folder).glob("*.jsonl") for line in log.read_bytes().splitlines())


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A folder without runs."""
    return DataFolder(tmp_path / "data")


def test_a_run_stands_in_the_month_in_which_it_began_in_utc(folder: DataFolder) -> None:
    append_report(folder, report("a", START))
    append_report(folder, report("a", START + timedelta(minutes=30)))
    assert [log.name for log in month_logs(folder)] == ["2026-09.jsonl", "2026-10.jsonl"]
    assert month_of("2026-10-01T06:59:59+07:00") == "2026-09"
    assert month_of("2026-10-01T00:00:00") == "2026-10"
    assert month_of("0999-10-01T00:00:00") == "0999-10"


def test_the_past_is_the_last_runs_of_a_portal_oldest_first(folder: DataFolder) -> None:
    for hour in range(48):
        append_report(folder, report("ab"[hour % 2], START + timedelta(hours=hour), found=hour))
    assert [one["found"] for one in read_reports(folder, "a", 3)] == [42, 44, 46]
    assert [one["found"] for one in read_reports(folder, "b", 400)] == list(range(1, 48, 2))
    # What came since is read on; of what was read before, nothing again.
    append_report(folder, report("a", START + timedelta(hours=48), found=48))
    assert [one["found"] for one in read_reports(folder, "a", 2)] == [46, 48]
    assert read_reports(folder, "c", 400) == []


def years(folder: DataFolder, months: int, width: int = 0) -> None:
    """A run of the portal ``quiet`` in the first of ``months`` months, and one of ``a`` in each."""
    append_report(folder, report("quiet", datetime(2020, 1, 15, tzinfo=UTC)))
    for month in range(months):
        began = datetime(2020 + month // 12, month % 12 + 1, 15, tzinfo=UTC)
        append_report(folder, report("a", began, problems=["x" * width]))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the logs that are read, one for each time."""
    names: list[str] = []
    newest = Places.newest

    def noted(self: Places, portal: str, most: int) -> list[dict[str, Any]]:
        names.append(self._path.name)
        return newest(self, portal, most)

    monkeypatch.setattr(Places, "newest", noted)
    return names


def test_no_more_months_are_opened_than_it_takes(folder: DataFolder, opened: list[str]) -> None:
    years(folder, 60)
    assert len(read_reports(folder, "a", 2)) == 2
    assert opened == ["2024-12.jsonl", "2024-11.jsonl"]
    opened.clear()
    # A portal that has long been silent has no past any more.
    assert read_reports(folder, "quiet", 400) == []
    assert len(opened) == 13
    assert len(read_reports(folder, "a", 400)) == 13


def test_no_more_bytes_are_read_than_it_takes(
    folder: DataFolder, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    years(folder, 12, width=100_000)
    monkeypatch.setattr(runs, "_BYTES", 250_000)
    assert len(read_reports(folder, "quiet", 400)) == 0
    assert opened == ["2020-12.jsonl", "2020-11.jsonl", "2020-10.jsonl"]


def test_a_log_is_read_once_for_all_portals(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in range(20):
        append_report(folder, report(f"portal_{place}", START, problems=["x" * 5000]))
    read = 0

    class Counting(io.FileIO):
        def readinto(self, buffer: Any) -> int:
            nonlocal read
            count = super().readinto(buffer)
            read += count or 0
            return count or 0

    def counted(self: Path, mode: str = "r", *rest: Any) -> Any:
        return io.BufferedReader(Counting(self)) if mode == "rb" else io.open(self, mode, *rest)  # noqa: UP020

    monkeypatch.setattr(Path, "open", counted)
    assert all(len(read_reports(folder, f"portal_{place}", 400)) == 1 for place in range(20))
    # The log, and for each portal its line and what a buffer reads along with it.
    assert read < log_path(folder, "2026-09").stat().st_size + 20 * 4 * io.DEFAULT_BUFFER_SIZE


def test_a_log_that_was_mended_is_read_anew(folder: DataFolder) -> None:
    for hour in range(5):
        append_report(folder, report("a", START, found=hour))
    log = log_path(folder, "2026-09")
    good = log.read_bytes().splitlines(keepends=True)
    assert len(read_reports(folder, "a", 9)) == 5
    log.write_bytes(b"".join([*good, b'{"portal": "a", spoilt}\n', *good]))
    with pytest.raises(DamagedFile, match=f"2026-09.jsonl: at byte {sum(map(len, good))}: .*; remove the line"):
        read_reports(folder, "a", 9)
    assert read_reports(folder, "b", 9) == []
    # In its place, shorter, and then longer than it was: the lines begin elsewhere.
    log.write_bytes(b"".join([*good[1:], *good, *good]))
    assert [one["found"] for one in read_reports(folder, "a", 6)] == [4, 0, 1, 2, 3, 4]


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=20)), max_size=12), st.text(max_size=8))
def test_whatever_portals_are_called_each_has_its_own_lines(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, str]], asked: str
) -> None:
    path = tmp_path_factory.mktemp("logs") / "2026-09.jsonl"
    reports = [{"errors": {word: 1}, "portal": name, "problems": [f'"portal": "{word}"']} for name, word in said]
    path.write_bytes(b"".join(map(json_line, reports)))
    for name in {asked, *(name for name, _ in said), *(word for _, word in said)}:
        mine = [one for one in reports if one["portal"] == name]
        assert Places(path).newest(name, 99) == mine[::-1]


def earlier_log(folder: DataFolder) -> list[bytes]:
    """An earlier version's log with lines of three months, damage at both ends and in the middle."""
    days = [f"2026-{month:02d}-{day:02d}" for month in (7, 8, 9) for day in (1, 15, 28)]
    good = [json_line({"portal": "a", "started": f"{day}T00:00:00+00:00"})[:-1] for day in days]
    log = [b"\xff\x00 damage }", *good[:4], b'{"portal": "a", "started": "2026-', *good[4:], b'{"portal": "to']
    folder.reports.mkdir(parents=True, exist_ok=True)
    (folder.reports / "runs.jsonl").write_bytes(b"\n".join(log))
    return log


def test_an_earlier_log_is_split_and_its_damage_kept(folder: DataFolder) -> None:
    log = earlier_log(folder)
    append_report(folder, report("b", datetime(2026, 9, 29, tzinfo=UTC)))
    (new,) = lines(folder)
    assert [path.stem for path in month_logs(folder)] == ["2026-07", "2026-08", "2026-09"]
    first, second, third = (path.read_bytes().splitlines() for path in month_logs(folder))
    assert (first, second, third) == (log[:4], log[4:8], [*log[8:], new])
    assert [path.name for path in folder.reports.iterdir()] == ["runs"]
    with pytest.raises(DamagedFile, match=r"2026-07.jsonl: at byte 0"):
        list(read_json_lines(month_logs(folder)[0], ""))
    assert len(read_reports(folder, "a", 400)) == 9


def test_a_crawl_of_the_earlier_version_that_waits_for_the_lock_loses_nothing(folder: DataFolder) -> None:
    log = earlier_log(folder)
    with (folder.reports / "runs.jsonl").open("ab") as waiting:
        month_logs(folder)
        waiting.write(b'{"portal": "a", "started": "2026-07-31T00:00:00+00:00"}\n')
    month_logs(folder)
    assert lines(folder).total() == len(log) + 1


def test_nothing_but_damage_goes_to_the_month_of_the_file(folder: DataFolder) -> None:
    folder.reports.mkdir(parents=True)
    earlier = folder.reports / "runs.jsonl"
    earlier.write_bytes(b'damage }\n[1]\n{"started": 5}\n{"started": "0001-01-01T00:00:00+14:00"}')
    os.utime(earlier, (0, 0))
    assert [path.stem for path in month_logs(folder)] == ["1970-01"]
    assert len(lines(folder)) == 4


def test_what_a_backup_brings_back_is_not_doubled(folder: DataFolder) -> None:
    log = earlier_log(folder)
    month_logs(folder)
    earlier_log(folder)
    another = json_line({"portal": "c", "started": "2026-08-02T00:00:00+00:00"})
    with (folder.reports / "runs.jsonl").open("ab") as file:
        file.write(b"\n" + another)
    month_logs(folder)
    assert lines(folder) == Counter([*log, another.rstrip()])


def test_an_earlier_log_that_cannot_be_split_stays(folder: DataFolder) -> None:
    log = earlier_log(folder)
    runs_folder(folder).write_text("in the way")
    with pytest.raises(StorageError, match=r"runs.jsonl: splitting it into months failed: .*it is unchanged"):
        month_logs(folder)
    assert (folder.reports / "runs.jsonl").read_bytes().splitlines() == log


# Splits and kills itself before the write of the given number: an opening for writing, a rename, a removal.
_DRIVER = """
import os, signal, sys
from pathlib import Path
from archive.layout import DataFolder
from archive.runlogs import month_logs

data, at = Path(sys.argv[1]), int(sys.argv[2])
count = 0

def watch(event, arguments):
    global count
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if not (writes or event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree")):
        return
    count += 1
    if count == at:
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
month_logs(DataFolder(data))
print(count)
"""


def driven(program: str, *arguments: str) -> subprocess.Popen[str]:
    """``program`` at work in a process of its own."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)


def test_a_split_that_is_killed_anywhere_loses_and_doubles_nothing(tmp_path: Path) -> None:
    whole = DataFolder(tmp_path / "0")
    log = earlier_log(whole)
    said, _ = driven(_DRIVER, str(whole.path), "0").communicate(timeout=60)
    assert lines(whole) == Counter(log)
    assert int(said) > 15
    for point in range(1, int(said) + 1):
        folder = DataFolder(tmp_path / str(point))
        log = earlier_log(folder)
        process = driven(_DRIVER, str(folder.path), str(point))
        process.communicate(timeout=60)
        assert process.returncode == -9
        # Somebody else goes on, and appends before he looks.
        append_report(folder, report("b", datetime(2026, 8, 29, tzinfo=UTC)))
        month_logs(folder)
        month_logs(folder)
        assert set(lines(folder).values()) == {1}
        assert lines(folder).keys() >= set(log)
        assert lines(folder).total() == len(log) + 1
        assert [path.name for path in folder.reports.iterdir()] == ["runs"]
        assert not list(runs_folder(folder).glob("*.part"))


_APPENDER = """
import sys
from pathlib import Path
from archive.layout import DataFolder
from archive.runs import RunReport, append_report, read_reports

folder = DataFolder(Path(sys.argv[1]))
for number in range(60):
    started = f"2026-{7 + number % 3:02d}-11T00:00:00+00:00"
    append_report(folder, RunReport(f"{number}", sys.argv[2], started, 1.0, "finished", problems=["x" * 9000]))
    assert len(read_reports(folder, sys.argv[2], 400)) == number + 1
"""


def test_processes_that_append_at_once_spoil_no_line(folder: DataFolder) -> None:
    log = earlier_log(folder)
    processes = [driven(_APPENDER, str(folder.path), name) for name in ("b", "c", "d")]
    for process in processes:
        process.communicate(timeout=120)
    assert [process.returncode for process in processes] == [0, 0, 0]
    there = lines(folder)
    assert there.keys() >= set(log)
    assert Counter(json.loads(line)["portal"] for line in there if line not in log) == {"b": 60, "c": 60, "d": 60}
    assert set(there.values()) == {1}
