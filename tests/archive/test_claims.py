"""Marks of runs: seen while they live, left by those that die, and not disturbed by whoever asks."""

from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archive.claims import RunClaim, dead_runs, door, live_runs
from archive.layout import DataFolder
from archive.verify.report import Report
from archive.verify.tables import check_leftovers

RUN = "20240105020000-a1b2c3"


def test_a_run_that_ends_well_leaves_no_mark_and_one_that_fails_a_dead_one(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with door(folder), RunClaim(folder, RUN):
        assert (live_runs(folder), dead_runs(folder)) == ([RUN], [])
    assert (live_runs(folder), dead_runs(folder)) == ([], [])
    with pytest.raises(ZeroDivisionError), RunClaim(folder, RUN):
        _ = 1 / 0
    assert (live_runs(folder), dead_runs(folder)) == ([], [RUN])


def test_somebody_who_asks_does_not_keep_a_run_from_starting(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    mark = folder.state / "runs" / RUN
    mark.parent.mkdir(parents=True)
    with ThreadPoolExecutor(1) as pool:
        for _ in range(50):
            with mark.open("wb") as asking:
                fcntl.flock(asking, fcntl.LOCK_SH | fcntl.LOCK_NB)
                starting = pool.submit(RunClaim, folder, RUN)
            claim = starting.result(timeout=60)
            assert live_runs(folder) == [RUN]
            claim.release()


def test_verify_asks_for_no_lock_that_a_living_run_is_about_to_take(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.warc.mkdir()
    path = folder.warc / "baocaobang-20240105020000000-00000-host-a1b2c3.warc.gz.open"
    with RunClaim(folder, RUN), path.open("xb"):
        # Made, and not locked yet.
        report = Report()
        check_leftovers(folder, report)
        assert report.notes == [f"{path.name} is being written and was not checked"]
        assert not report.findings
    report = Report()
    check_leftovers(folder, report)
    assert [finding.kind for finding in report.findings] == ["open-file"]
