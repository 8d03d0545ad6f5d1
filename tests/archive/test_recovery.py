"""Which WARC files a start looks at for records without rows: those that came since the last look, and no others."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from archive import recovery
from archive.access import PurgeList
from archive.layout import DataFolder
from archive.recovery import Recovery, begin_run
from archive.reread import exchanges_in
from tests.archive.crawled import SECOND_RUN, begun, check, crawled, exchange, rows, tables
from tests.archive.samples import PAGES, PlainExtractor

NEXT = "20240301000000-eeeeee"
OTHERS = [replace(page, number=page.number + 100) for page in PAGES]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    crawled(folder)
    start(folder)
    return folder


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the WARC files that starts read from now on."""
    names: list[str] = []

    def noting(path: Path, left_out: PurgeList) -> set[int]:
        names.append(path.name)
        return exchanges_in(path, left_out)

    monkeypatch.setattr(recovery, "exchanges_in", noting)
    return names


def start(folder: DataFolder, looked: bool = False) -> Recovery:
    """Begin a run that does nothing."""
    claim, found = begin_run(folder, NEXT, PlainExtractor(), looked=looked)
    claim.release()
    return found


def without_rows(folder: DataFolder) -> Path:
    """A WARC file of another archive in ``folder``, as dated there: nobody has made its rows."""
    elsewhere = DataFolder(folder.path.parent / "elsewhere")
    source = crawled(elsewhere, OTHERS, SECOND_RUN)
    os.utime(source, (1e9, 1e9))
    return Path(shutil.copy2(source, folder.warc))


def test_files_that_were_looked_at_are_not_read_again(folder: DataFolder, read: list[str]) -> None:
    crawled(folder, OTHERS, SECOND_RUN)
    assert start(folder).files == []
    assert read == []


def test_a_file_that_comes_later_is_found_however_old_it_says_it_is(folder: DataFolder, read: list[str]) -> None:
    path = without_rows(folder)
    assert start(folder).files == [path.name]
    assert set(read) == {path.name}
    assert check(folder).clean
    assert start(folder).files == []


def test_a_file_without_any_row_to_make_is_read_once(
    folder: DataFolder, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "_SLACK", 0)
    foreign = folder.warc / "foreign-20240101-00000-host-abcdef.warc.gz"
    foreign.touch()
    # Files are dated by the tick of the kernel's clock.
    time.sleep(0.05)
    start(folder)
    start(folder)
    assert read == [foreign.name]


@pytest.mark.parametrize("mark", [b"", b"soon", b"99999999999999999999"])
def test_without_a_mark_to_trust_all_files_are_looked_at(folder: DataFolder, mark: bytes) -> None:
    path = without_rows(folder)
    (folder.corpus / ".looked").write_bytes(mark)
    assert start(folder).files == [path.name]
    assert check(folder).clean


def test_rows_are_made_again_for_older_tables(folder: DataFolder, tmp_path: Path) -> None:
    """A backup of the tables is put back beside WARC files that are newer."""
    shutil.copytree(folder.corpus, tmp_path / "backup")
    crawled(folder, OTHERS, SECOND_RUN)
    start(folder)
    before = tables(folder)
    shutil.rmtree(folder.corpus)
    (tmp_path / "backup").rename(folder.corpus)
    assert start(folder).captures == len(OTHERS)
    assert tables(folder) == before


def test_rows_are_made_again_where_the_tables_are_gone(folder: DataFolder) -> None:
    before = rows(folder, "captures")
    for table in folder.corpus.glob("*/"):
        shutil.rmtree(table)
    assert start(folder).captures == len(before)
    assert rows(folder, "captures") == before


def test_a_process_looks_once(folder: DataFolder) -> None:
    path = without_rows(folder)
    assert start(folder, looked=True).files == []
    assert start(folder).files == [path.name]


def test_a_process_that_has_looked_still_takes_over_what_died(folder: DataFolder) -> None:
    claim, _ = begin_run(folder, SECOND_RUN, PlainExtractor())
    run = begun(folder, SECOND_RUN)
    for page in OTHERS:
        run.record(exchange(page))
    run._warc.rotate()
    claim.abandon()
    run.close()
    assert start(folder, looked=True).runs == [SECOND_RUN]
    assert check(folder).clean
