"""What a run holds its pages against: the newest versions on the disk are those of the table, whatever died."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive.articles import Previous, load_latest
from archive.claims import RunClaim
from archive.errors import StorageError
from archive.layout import DataFolder
from archive.newest import Newest, discard, nothing_known, open_newest
from archive.rebuild import Rebuild, rebuild
from archive.recovery import begin_run
from tests.archive.crawled import CHANGED, SECOND_RUN, abandon, begun, check, crawled, exchange, rows, tables
from tests.archive.samples import FACTS, FIRST_FETCH, PAGES, PORTAL, PlainExtractor, SampleRun, sample_archive

NEXT = "20240201000000-bbbbbb"
OTHER = "20240201000000-cccccc"


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return sample_archive(tmp_path)


def opened(folder: DataFolder, run: str = NEXT) -> Newest:
    return open_newest(folder, FACTS, run)


def known(folder: DataFolder, newest: Newest) -> dict[str, Previous | None]:
    """What ``newest`` says of every article of the table."""
    return {article: newest.get(article) for article in load_latest(folder, PORTAL)}


def path_of(folder: DataFolder) -> Path:
    return folder.state / "newest" / f"{FACTS.desk}.sqlite3"


def in_step(folder: DataFolder) -> bool:
    """Whether the file, opened anew, says what the articles table says."""
    newest = opened(folder)
    try:
        return known(folder, newest) == dict(load_latest(folder, PORTAL)) != {}
    finally:
        newest.close()


def publish(folder: DataFolder, run: str, title: str) -> None:
    """One more run, which finds every page under a new title."""
    later = SampleRun(folder, run, started=FIRST_FETCH + timedelta(days=2))
    later.write([replace(page, title=title) for page in PAGES], load_latest(folder, PORTAL)).publish()


def test_it_says_what_the_table_says(folder: DataFolder) -> None:
    assert in_step(folder)
    publish(folder, OTHER, "Tin mới")
    assert in_step(folder)


def test_nothing_is_known_of_an_empty_archive(tmp_path: Path) -> None:
    newest = opened(DataFolder(tmp_path))
    assert not newest
    assert newest.article_at(PAGES[0].url) is None
    newest.close()
    nothing = nothing_known()
    assert not nothing
    nothing.close()


def test_an_address_leads_to_the_article_captured_there_last(folder: DataFolder) -> None:
    newest = opened(folder)
    row = next(row for row in rows(folder, "articles") if row["url"] == PAGES[0].url)
    assert newest.article_at(PAGES[0].url) == row["article_id"]
    moved = {**row, "article_id": "11111111-2222-5333-8444-555555555555", "version": 1}
    newest.note(moved | {"fetch_time": row["fetch_time"] - timedelta(days=1)})
    assert newest.article_at(PAGES[0].url) == row["article_id"]
    newest.note(moved | {"fetch_time": row["fetch_time"] + timedelta(days=1)})
    assert newest.article_at(PAGES[0].url) == moved["article_id"]
    newest.close()


def test_a_run_sees_what_it_noted(folder: DataFolder) -> None:
    newest = opened(folder)
    row = next(row for row in rows(folder, "articles") if row["url"] == PAGES[0].url)
    newest.note({**row, "version": 2, "title": "Tít khác"})
    assert (newest.get(row["article_id"]) or Previous(0, "live", None, None, None)).title == "Tít khác"
    newest.note({**row, "version": 3, "status": "gone"})
    assert (newest.get(row["article_id"]) or Previous(0, "live", None, None, None)).status == "gone"
    newest.close()


def test_what_a_dead_run_noted_is_forgotten(folder: DataFolder) -> None:
    newest = opened(folder, OTHER)
    row = rows(folder, "articles")[0]
    newest.note({**row, "version": 2, "title": "Chưa từng công bố"})
    newest.close()
    assert in_step(folder)


def test_what_a_living_run_noted_is_left_alone(folder: DataFolder) -> None:
    row = rows(folder, "articles")[0]
    with RunClaim(folder, OTHER):
        writing = opened(folder, OTHER)
        writing.note({**row, "version": 2, "title": "Đang viết"})
        reading = opened(folder)
        assert (reading.get(row["article_id"]) or Previous(0, "live", None, None, None)).version == 2
        reading.close()
        writing.close()


def test_rows_that_a_run_published_after_it_was_read_are_read(folder: DataFolder) -> None:
    """A run that died is taken over, and its rows become more."""
    publish(folder, OTHER, "Tin mới")
    assert in_step(folder)
    more = SampleRun(folder, OTHER, f"{PORTAL}-20240109-00001-h-cccccc.warc.gz", FIRST_FETCH + timedelta(days=3))
    more.write([replace(PAGES[0], title="Tin mới hơn")], load_latest(folder, PORTAL)).publish()
    assert in_step(folder)


def test_a_run_whose_rows_went_is_forgotten(folder: DataFolder) -> None:
    publish(folder, OTHER, "Tin mới")
    assert in_step(folder)
    for path in folder.table("articles").glob(f"*/*{OTHER}*"):
        path.unlink()
    assert in_step(folder)


@pytest.mark.parametrize("damage", [b"", b"no database at all", b"SQLite format 3\0" + bytes(9000)])
def test_a_damaged_file_is_made_anew(folder: DataFolder, damage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    opened(folder).close()
    path_of(folder).write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        assert in_step(folder)
    assert bool(damage) == ("it is made anew from the tables" in caplog.text)


def test_a_file_of_another_version_is_made_anew(folder: DataFolder) -> None:
    opened(folder).close()
    with closing(sqlite3.connect(path_of(folder))) as database, database:
        database.execute("UPDATE versions SET newest = 'old'")
        database.execute("PRAGMA user_version = 999")
    assert in_step(folder)


def test_what_is_discarded_is_made_anew(folder: DataFolder) -> None:
    opened(folder).close()
    discard(folder, "another-desk")
    assert path_of(folder).exists()
    discard(folder)
    assert not path_of(folder).exists()
    assert in_step(folder)


def test_a_name_of_a_desk_stays_inside_its_folder(folder: DataFolder) -> None:
    strange = type(FACTS)(PORTAL, "../../etc/báo")
    open_newest(folder, strange, NEXT).close()
    assert [path.parent for path in folder.path.rglob("*b%C3%A1o*.sqlite3")] == [folder.state / "newest"]


@pytest.fixture
def failing(folder: DataFolder) -> Iterator[Newest]:
    """A file that can be read and not written."""
    newest = opened(folder)
    newest._database.execute("PRAGMA query_only = ON")
    yield newest
    newest.close()


def test_a_run_whose_notes_fail_is_not_whole(folder: DataFolder, failing: Newest) -> None:
    with pytest.raises(StorageError, match="made anew"):
        failing.note({**rows(folder, "articles")[0], "version": 2})
    with pytest.raises(StorageError, match="made anew"):
        failing.close(whole=True)


def test_what_a_run_could_not_hold_against_it_is_made_by_the_next_start(tmp_path: Path) -> None:
    """The pages are in the WARC file; that nobody could tell what is new in them must not cost their rows."""
    folder = DataFolder(tmp_path)
    crawled(folder)
    claim = RunClaim(folder, SECOND_RUN)
    run = begun(folder, SECOND_RUN)
    for page in (CHANGED, PAGES[1], replace(PAGES[2], status="404 Not Found")):
        if page is PAGES[1]:
            run._newest._database.close()
        moment = FIRST_FETCH + timedelta(days=1)
        with suppress(StorageError):
            capture = run.record(exchange(page, moment))
            extraction = PlainExtractor()(PORTAL, page.url, capture.response, moment)
            assert extraction is not None
            run.settle(capture, extraction)
    with pytest.raises(StorageError, match="made anew"):
        run.close()
    abandon(claim, run)
    claim, recovery = begin_run(folder, NEXT, PlainExtractor())
    claim.release()
    assert recovery.files
    made = tables(folder)
    assert sorted(row["version"] for row in made[1]) == [1, 1, 1, 2, 2]
    assert check(folder).clean
    rebuild(folder, PlainExtractor(), Rebuild(), 0)
    assert tables(folder) == made
    assert in_step(folder)


def test_a_rebuild_that_is_killed_leaves_nothing_of_the_tables_before(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it numbers anew may have as many rows of each run as before: that alone would prove nothing."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    opened(folder).close()
    monkeypatch.setattr("archive.rebuild.swap", killed)
    with pytest.raises(KeyboardInterrupt):
        rebuild(folder, PlainExtractor(), Rebuild(), 0)
    assert not path_of(folder).exists()
    assert in_step(folder)
