"""Damaged files: every kind is noticed, every whole record is kept, what is lost is named, originals stay."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archive.claims import RunClaim, door
from archive.errors import StorageError, UsageError
from archive.layout import DataFolder
from archive.mend import mend
from archive.recovery import Recovery, recover
from archive.salvage import salvage_copy, salvage_open
from archive.tables import TableStage
from tests.archive.crawled import (
    FIRST_RUN,
    SECOND_RUN,
    abandon,
    begun,
    check,
    crawled,
    exchange,
    killed,
    members,
    rows,
    tables,
)
from tests.archive.samples import LISTING, PAGES, PORTAL, PlainExtractor, SampleRun

Members = list[bytes]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def recovered(folder: DataFolder) -> Recovery:
    with door(folder):
        return recover(folder, PlainExtractor(), jobs=0)


def identities(path: Path) -> list[str]:
    return [record.record_id for _, record in members(path)]


# Each gives the damaged bytes and the numbers of the members that are not whole any more.
def cut(parts: Members) -> tuple[bytes, set[int]]:
    return b"".join(parts[:-1]) + parts[-1][: len(parts[-1]) // 2], {len(parts) - 1}


def cut_in_a_head(parts: Members) -> tuple[bytes, set[int]]:
    return b"".join(parts[:-1]) + parts[-1][:7], {len(parts) - 1}


def cut_and_appended_to(parts: Members) -> tuple[bytes, set[int]]:
    return b"".join(parts[:4]) + parts[4][:100] + b"".join(parts[5:]), {4}


def zeroed(parts: Members) -> tuple[bytes, set[int]]:
    hole = parts[2][:40] + bytes(60) + parts[2][100:]
    return b"".join([*parts[:2], hole, *parts[3:]]), {2}


def zeroed_over_a_border(parts: Members) -> tuple[bytes, set[int]]:
    return b"".join([*parts[:3], parts[3][:-20], bytes(40), parts[4][20:], *parts[5:]]), {3, 4}


def zero_tail(parts: Members) -> tuple[bytes, set[int]]:
    return b"".join(parts[:-2]) + bytes(8192), {len(parts) - 2, len(parts) - 1}


def swapped(parts: Members) -> tuple[bytes, set[int]]:
    return b"".join([*parts[:2], parts[4], parts[3], parts[2], *parts[5:]]), set()


def warcinfo_gone(parts: Members) -> tuple[bytes, set[int]]:
    return bytes(len(parts[0])) + b"".join(parts[1:]), {0}


DAMAGE = [cut, cut_in_a_head, cut_and_appended_to, zeroed, zeroed_over_a_border, zero_tail, swapped]
Damage = Callable[[Members], tuple[bytes, set[int]]]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_noticed_and_mended(folder: DataFolder, damage: Damage) -> None:
    path = crawled(folder)
    crawled(folder, [replace(PAGES[0], number=3161499)], SECOND_RUN, portal="baolangson")
    whole = members(path)
    damaged, gone = damage([member for member, _ in whole])
    path.write_bytes(damaged)
    assert not check(folder).clean

    done = mend(folder, PlainExtractor(), [path.name], jobs=0)
    (found,) = done.salvaged
    kept = [record.record_id for number, (_, record) in enumerate(whole) if number not in gone]
    assert sorted(identities(path)) == sorted(kept)
    assert bool(found.lost) == bool(gone)
    assert sum(lost.end - lost.start for lost in found.lost) == len(damaged) - path.stat().st_size
    if gone:
        lost_urls = {whole[number][1].url for number in gone}
        assert {url for lost in found.lost for url in lost.urls} >= lost_urls
        assert found.remains is not None
        assert found.remains.read_bytes() == damaged
    report = check(folder)
    assert report.clean, report.findings
    answers = [record for number, (_, record) in enumerate(whole) if record.type == "response" and number not in gone]
    kinds = [(row["url"], row["record_type"]) for row in rows(folder, "captures") if row["warc_filename"] == path.name]
    assert {(record.url, "response") for record in answers} <= set(kinds)
    assert mend(folder, PlainExtractor(), [path.name], jobs=0).salvaged[0].lost == []


def test_a_request_whose_response_is_lost_says_so(folder: DataFolder) -> None:
    path = killed(folder)
    parts = [member for member, _ in members(path)]
    path.write_bytes(cut(parts)[0])
    recovery = recovered(folder)
    (lost,) = recovery.salvaged[0].lost
    assert lost.urls == [LISTING.url]
    row = next(row for row in rows(folder, "captures") if row["url"] == LISTING.url)
    assert (row["record_type"], row["outcome"], row["outcome_reason"]) == ("request", "error", "response lost")


@pytest.mark.parametrize("damage", [cut, cut_in_a_head, zero_tail])
def test_of_a_torn_tail_no_byte_is_lost(folder: DataFolder, damage: Damage) -> None:
    path = killed(folder)
    parts = [member for member, _ in members(path)]
    damaged, gone = damage(parts)
    path.write_bytes(damaged)
    found = salvage_open(path)
    assert found.result is not None
    assert found.remains is not None
    assert found.remains.name == found.result.name + ".torn"
    assert found.result.read_bytes() + found.remains.read_bytes() == damaged
    assert found.result.read_bytes() == b"".join(part for number, part in enumerate(parts) if number not in gone)
    assert not path.exists()


@pytest.mark.parametrize("damage", [zeroed, zeroed_over_a_border, cut_and_appended_to, warcinfo_gone])
def test_of_worse_damage_the_original_is_kept(folder: DataFolder, damage: Damage) -> None:
    crawled(folder, PAGES[:1])
    path = killed(folder, run_id=FIRST_RUN)
    parts = [member for member, _ in members(path)]
    damaged, gone = damage(parts)
    path.write_bytes(damaged)
    recovery = recovered(folder)
    (found,) = recovery.salvaged
    assert found.remains is not None
    assert found.remains.read_bytes() == damaged
    assert found.result is not None
    assert found.result.read_bytes() == b"".join(part for number, part in enumerate(parts) if number not in gone)
    assert {row["run_id"] for row in rows(folder, "captures")} == {FIRST_RUN}
    assert check(folder).clean


def test_a_file_without_a_whole_record_leaves_only_its_bytes(folder: DataFolder) -> None:
    path = killed(folder)
    parts = [member for member, _ in members(path)]
    path.write_bytes(parts[0][:50])
    found = salvage_open(path)
    assert (found.records, found.result) == (0, None)
    assert found.remains is not None
    assert found.remains.read_bytes() == parts[0][:50]
    assert folder.warc_files() == folder.open_files() == []


def test_an_empty_file_goes(folder: DataFolder) -> None:
    path = killed(folder)
    path.write_bytes(b"")
    assert recovered(folder).salvaged[0].lost == []
    assert not path.exists()


def test_salvage_that_was_killed_goes_on(folder: DataFolder) -> None:
    path = killed(folder)
    damaged = cut([member for member, _ in members(path)])[0]
    path.write_bytes(damaged)
    first = salvage_open(path)
    # As if killed before the last step.
    path.write_bytes(damaged)
    again = salvage_open(path)
    assert (again.result, again.remains, again.kept) == (first.result, first.remains, first.kept)
    assert sorted(found.name for found in (folder.warc / "damaged").iterdir()) == [f"{first.result.name}.torn"]  # type: ignore[union-attr]


def test_a_file_that_is_being_written_is_left_alone(folder: DataFolder) -> None:
    path = killed(folder)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert recovered(folder).salvaged == []
        with pytest.raises(UsageError, match="is being written"):
            salvage_open(path)
    assert path.exists()


def test_a_foreign_file_is_copied(tmp_path: Path) -> None:
    other = DataFolder(tmp_path / "other")
    path = other.find_warc(SampleRun(other).write(PAGES).name)
    parts = [member for member, _ in members(path)]
    damaged = b"".join([*parts[:2], parts[2][:-9], *parts[3:]])
    path.write_bytes(damaged)
    folder = DataFolder(tmp_path / "data")
    (found,) = mend(folder, PlainExtractor(), [str(path)], jobs=0).salvaged
    assert path.read_bytes() == damaged
    assert found.result == path.with_name(path.name.replace(".warc.gz", ".salvaged.warc.gz"))
    assert found.result.read_bytes() == b"".join([*parts[:2], *parts[3:]])
    assert found.lost[0].urls == [PAGES[1].url]
    assert (found.lost[0].before, found.lost[0].after) == (PAGES[0].url, PAGES[2].url)


def test_a_whole_foreign_file_is_left_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    path = folder.find_warc(SampleRun(folder).write(PAGES).name)
    found = salvage_copy(path)
    assert (found.result, found.remains, found.lost) == (path, None, [])


# Recovery


def test_rows_of_a_killed_run_are_those_it_would_have_made(folder: DataFolder, tmp_path: Path) -> None:
    killed(folder)
    recovery = recovered(folder)
    assert (recovery.captures, recovery.articles) == (4, 3)
    assert check(folder).clean
    assert recovery.lines()[0].endswith("9 records kept")
    other = DataFolder(tmp_path / "other")
    crawled(other)
    assert _told(folder) == _told(other)
    assert list((folder.state / "runs").iterdir()) == []


def _told(folder: DataFolder) -> list[tuple[object, ...]]:
    """What rows say that do not depend on the run."""
    names = ("url", "fetch_time", "content_digest", "outcome", "outcome_reason", "discovered_via")
    return [tuple(row[name] for name in names) for row in rows(folder, "captures")]


def test_recovering_twice_changes_nothing(folder: DataFolder) -> None:
    killed(folder)
    recovered(folder)
    before = tables(folder)
    again = recovered(folder)
    assert (again.lines(), again.captures, tables(folder)) == ([], 0, before)


def test_a_closed_file_without_rows_gets_them(folder: DataFolder) -> None:
    """Killed between the rename of the WARC file and the publishing."""
    claim, run = RunClaim(folder, FIRST_RUN), begun(folder)
    for page in PAGES:
        run.record(exchange(page))
    run._warc.rotate()
    abandon(claim, run)
    assert not check(folder).clean
    assert recovered(folder).captures == 3
    assert check(folder).clean


def test_rows_that_were_published_are_not_doubled(folder: DataFolder) -> None:
    """Killed between the publishing of articles and of captures, and with unsettled pages of a closed file."""
    claim, run = RunClaim(folder, FIRST_RUN), begun(folder)
    for page in (*PAGES, LISTING):
        run.record(exchange(page))
    captures = list(run._unsettled.values())
    for capture in captures[:2]:
        run.settle(capture, run._extract_now(capture.row["url"], capture.response, capture.row["fetch_time"]))
    run._warc.rotate()
    run._flush()
    run._articles.publish()
    abandon(claim, run)
    recovery = recovered(folder)
    assert (recovery.captures, recovery.articles) == (4, 1)
    assert len(rows(folder, "articles")) == 3
    assert all(row["outcome_reason"] is None for row in rows(folder, "captures"))
    assert check(folder).clean


def test_a_run_that_lives_keeps_its_files_and_rows(folder: DataFolder) -> None:
    claim, run = RunClaim(folder, FIRST_RUN), begun(folder)
    run.record(exchange(PAGES[0]))
    run._warc.rotate()
    stage = TableStage(folder, "captures", FIRST_RUN, PORTAL)
    assert recovered(folder).lines() == []
    run.close()
    claim.release()
    assert len(rows(folder, "captures")) == 1
    assert len(stage) == 0
    assert check(folder).clean


def test_what_disk_and_tables_say_about_a_full_disk(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = killed(folder)

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StorageError, match="Free space or mend the disk"):
        salvage_open(path)
    monkeypatch.undo()
    assert recovered(folder).captures == 4


# The command


def baotinh(folder: DataFolder, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "archive.cli", "--data", str(folder.path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_says_what_was_lost(folder: DataFolder) -> None:
    path = killed(folder)
    damaged, _ = cut([member for member, _ in members(path)])
    path.write_bytes(damaged)
    done = baotinh(folder, "salvage")
    assert done.returncode == 4, done.stderr
    assert f"lost: bytes {len(damaged) - len(members_tail(folder))} to {len(damaged)}" in done.stdout.replace("\n", " ")
    assert LISTING.url in done.stdout.replace("\n", "")
    done = baotinh(folder, "salvage")
    assert (done.returncode, done.stdout.strip()) == (0, "Nothing was left behind.")
    done = baotinh(folder, "salvage", "khong-co.warc.gz")
    assert done.returncode == 2
    assert "there is no such file" in done.stderr


def members_tail(folder: DataFolder) -> bytes:
    (tail,) = (folder.warc / "damaged").iterdir()
    return tail.read_bytes()
