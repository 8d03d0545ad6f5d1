"""What was unlisted stays unlisted: whatever indexes files or makes rows afterwards leaves it out, and verify knows."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive.articles import load_latest
from archive.cdx import INDEX, cdxj_lines, index_files, index_path, merge_index
from archive.claims import door
from archive.cli import main
from archive.corpus import sealed_connection
from archive.errors import StorageError
from archive.importing.importer import Importer
from archive.layout import DataFolder
from archive.mend import mend
from archive.purge.orders import purge, undo
from archive.rebuild import Rebuild, rebuild
from archive.recovery import Recovery, recover
from archive.replay import configure
from archive.wacz import export_wacz
from tests.archive.crawled import (
    FIRST_RUN,
    SECOND_RUN,
    begun,
    check,
    crawled,
    exchange,
    killed,
    members,
    rows,
    tables,
)
from tests.archive.purging import CANARY, LATER, URL, holders, order, twice_crawled
from tests.archive.samples import FIRST_FETCH, HOST, PAGES, PORTAL, PlainExtractor

SLUG = b"bai-viet-3161421"


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Two runs, rebuilt, and then one page of them unlisted."""
    folder = twice_crawled(tmp_path / "data")
    rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
    purge(folder, order("unlist"), PlainExtractor())
    return folder


def assert_unlisted(folder: DataFolder, captures: int) -> None:
    """The page has records and nothing else, and verify counts them."""
    report = check(folder)
    assert report.clean, report.findings
    assert report.counts["unlisted"] == captures
    assert not any(row["url"] == URL for table in tables(folder) for row in table)
    assert all(SLUG not in path.read_bytes() for path in (*index_files(folder), folder.cdx / INDEX))
    held = [record for path in folder.warc_files() for _, record in members(path) if record.url == URL]
    assert sum(record.type in ("response", "revisit") for record in held) == captures


def derived(folder: DataFolder) -> dict[str, bytes]:
    """The bytes of all tables and indexes."""
    files = [*folder.corpus.rglob("*.parquet"), *folder.cdx.glob("*.cdxj")]
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in files}


def recovered(folder: DataFolder) -> Recovery:
    with door(folder):
        return recover(folder, PlainExtractor())


class TestWhatMakesThingsAgain:
    def test_a_rebuild_gives_the_same_bytes(self, folder: DataFolder) -> None:
        assert_unlisted(folder, 2)
        before = derived(folder)
        done = rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
        assert derived(folder) == before
        assert_unlisted(folder, 2)
        assert done.notes == ["2 captures of addresses that are unlisted have no row and no CDXJ line"]

    def test_a_rebuild_into_a_new_folder(self, folder: DataFolder, tmp_path: Path) -> None:
        target = DataFolder(tmp_path / "new")
        rebuild(folder, PlainExtractor(), Rebuild(into=target.path), jobs=0)
        assert tables(target) == tables(folder)
        assert all(SLUG not in path.read_bytes() for path in target.cdx.glob("*.cdxj"))

    def test_a_rebuild_of_one_file(self, folder: DataFolder) -> None:
        rebuild(folder, PlainExtractor(), Rebuild(file=folder.warc_files()[0].name), jobs=0)
        assert_unlisted(folder, 2)

    def test_what_was_staged_before_is_not_taken(self, folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        """A rebuild that was interrupted goes on under another list."""
        undo(folder, URL, "Nhầm.")

        def refuse(*_: object) -> None:
            raise StorageError("the disk is full")

        with monkeypatch.context() as patch:
            patch.setattr("archive.rebuild.assemble", refuse)
            with pytest.raises(StorageError):
                rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
        stage = folder.state / "rebuild"
        kept = folder.path / "kept"
        shutil.copytree(stage, kept)
        purge(folder, order("unlist"), PlainExtractor())
        shutil.copytree(kept, stage)
        shutil.rmtree(kept)
        rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
        assert_unlisted(folder, 2)

    def test_a_run_that_died_with_the_page_in_its_open_file(self, folder: DataFolder) -> None:
        killed(folder, (replace(PAGES[0], lead="Bản thứ ba."), PAGES[1]), "20240107020000-aaaaaa")
        assert recovered(folder).captures == 1
        assert_unlisted(folder, 3)
        assert recovered(folder).files == [], "nothing is owed any more"

    def test_a_run_that_died_with_nothing_else(self, folder: DataFolder) -> None:
        killed(folder, (replace(PAGES[0], lead="Bản thứ ba."),), "20240107020000-aaaaaa")
        recovered(folder)
        assert_unlisted(folder, 3)
        assert recovered(folder).files == []

    def test_a_run_that_died_before_the_page_was_unlisted(self, tmp_path: Path) -> None:
        folder = twice_crawled(tmp_path / "before")
        killed(folder, (replace(PAGES[0], lead="Bản thứ ba."), PAGES[1]), "20240107020000-aaaaaa")
        purge(folder, order("unlist"), PlainExtractor())
        assert_unlisted(folder, 3)

    def test_an_import(self, folder: DataFolder, tmp_path: Path) -> None:
        page = replace(PAGES[0], lead="Bản do người khác lưu.")
        source = crawled(
            DataFolder(tmp_path / "other"), (page, PAGES[1]), "20240108020000-cccccc", started=LATER + timedelta(days=3)
        )
        (result,) = Importer(folder, PlainExtractor()).file(source)
        assert (result.rows.captures, result.rows.unlisted) == (1, 1)
        assert_unlisted(folder, 3)

    def test_salvage(self, folder: DataFolder) -> None:
        path = folder.warc_files()[0]
        path.write_bytes(path.read_bytes() + b"torn")
        mend(folder, PlainExtractor(), [path.name], jobs=0)
        assert_unlisted(folder, 2)
        assert mend(folder, PlainExtractor(), [path.name], jobs=0).rows == [], "there is nothing to do"

    def test_replay_and_export(self, folder: DataFolder) -> None:
        for path in folder.cdx.glob("*"):
            path.unlink()
        configure(folder)
        assert_unlisted(folder, 2)
        out = folder.path / "all.wacz"
        export_wacz(folder, out)
        assert "all.wacz" not in holders(folder.path, CANARY)

    def test_a_crawl_of_another_portal_that_has_it_under_way(self, tmp_path: Path) -> None:
        """The request was out when the address was unlisted, and the answer came after."""
        folder = twice_crawled(tmp_path / "running")
        run = begun(folder, "20240107020000-bbbbbb", "baolangson")
        run.record(replace(exchange(PAGES[1], LATER), url="https://baolangson.vn/tin-1.html"))
        purge(folder, order("unlist"), PlainExtractor())
        run.record(exchange(replace(PAGES[0], lead="Bản thứ ba."), LATER + timedelta(days=1)))
        run.close()
        assert_unlisted(folder, 3)
        assert any(row["portal"] == "baolangson" for row in rows(folder, "captures"))


class TestOtherAddresses:
    """The same bytes under an address that stays: its captures are as good as before."""

    @pytest.fixture
    def other(self) -> str:
        return f"{HOST}/in-bai/bai-viet-{PAGES[0].number}.html"

    @pytest.fixture
    def folder(self, tmp_path: Path, other: str) -> DataFolder:
        folder = DataFolder(tmp_path / "data")
        for number, (run_id, url) in enumerate(((FIRST_RUN, URL), (SECOND_RUN, other), ("3-cccccc", other))):
            run = begun(folder, run_id)
            run.record(replace(exchange(PAGES[0], FIRST_FETCH + timedelta(days=number)), url=url))
            run.close()
        purge(folder, order("unlist"), PlainExtractor())
        return folder

    def test_the_first_of_them_takes_the_payload_over(self, folder: DataFolder, other: str) -> None:
        found = rows(folder, "captures")
        assert [(row["url"], row["record_type"]) for row in found] == [(other, "response"), (other, "revisit")]
        assert found[1]["revisit_of"] == found[0]["warc_record_id"]
        report = check(folder)
        assert report.clean, report.findings
        assert report.counts["unlisted"] == 1
        held = [name for name in holders(folder.path, CANARY) if name.startswith("warc/")]
        assert f"warc/{folder.warc_files()[0].name}" in held, "the record of the page stays"

    def test_a_rebuild_agrees(self, folder: DataFolder) -> None:
        before = tables(folder)
        rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
        assert tables(folder) == before

    def test_undone(self, folder: DataFolder, other: str) -> None:
        undo(folder, URL, "Nhầm.")
        rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
        assert check(folder).clean
        assert [(row["url"], row["version"]) for row in rows(folder, "articles")] == [(URL, 1)]
        assert {row["url"] for row in rows(folder, "captures")} == {URL, other}


class TestVerify:
    def test_a_line_or_a_row_that_is_still_there_is_a_fault(self, tmp_path: Path) -> None:
        folder = twice_crawled(tmp_path / "data")
        aside = tmp_path / "aside"
        shutil.copytree(folder.corpus, aside)
        purge(folder, order("unlist"), PlainExtractor())
        shutil.rmtree(folder.corpus)
        shutil.copytree(aside, folder.corpus)
        first = folder.warc_files()[0]
        index_path(folder, first.name).write_bytes(b"".join(cdxj_lines(first)))
        merge_index(folder)
        found = [(one.kind, one.url, one.message.partition(":")[0]) for one in check(folder).findings]
        assert sorted(found) == sorted(
            [("unlisted", URL, "the address is unlisted and has a CDXJ line")]
            + [("unlisted", URL, "the address is unlisted and has a row in captures")] * 2
            + [("unlisted", URL, "the address is unlisted and has a row in articles")] * 2
        )
        rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
        assert_unlisted(folder, 2)

    def test_what_is_missing_of_others_is_still_a_fault(self, folder: DataFolder) -> None:
        path = index_files(folder)[0]
        path.write_bytes(b"".join(line for line in path.read_bytes().splitlines(True) if b"3161422" not in line))
        merge_index(folder)
        assert [(one.kind, one.url) for one in check(folder).findings] == [("cdxj-differs", PAGES[1].url)]

    def test_the_command_says_it(self, folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
        main(["--data", str(folder.path), "verify", "--jobs", "1"])
        said = " ".join(capsys.readouterr().out.split())
        assert "2 captures are of addresses that were unlisted: they have no row and no CDXJ line" in said
        main(["--data", str(folder.path), "verify", "--jobs", "1", "--json"])
        assert '"unlisted": 2' in capsys.readouterr().out


class TestInterrupted:
    @pytest.mark.parametrize("level", ["unlist", "delete"])
    def test_a_rebuild_finishes_it_first(self, level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Otherwise the tables that were staged would come beside those that were made again."""
        folder = twice_crawled(tmp_path / "data")

        def refuse(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("archive.purge.steps._sync", refuse)
            with pytest.raises(StorageError):
                purge(folder, order("unlist" if level == "unlist" else "delete"), PlainExtractor())
        assert (folder.state / "purge").exists()
        rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
        assert not (folder.state / "purge").exists()
        with door(folder):
            recover(folder, PlainExtractor())
        assert check(folder).clean
        assert not any(row["url"] == URL for table in tables(folder) for row in table)

    def test_undone_and_then_deleted(self, folder: DataFolder) -> None:
        """Nothing lists the records before a rebuild, and still they go."""
        undo(folder, URL, "Nhầm mức.")
        purge(folder, order(), PlainExtractor())
        assert holders(folder.path, CANARY) == []
        assert check(folder).clean


def test_the_next_run_counts_versions_without_it(folder: DataFolder) -> None:
    assert load_latest(folder, PORTAL).keys() == {row["article_id"] for row in rows(folder, "articles")}
    with sealed_connection(folder) as database:
        assert database.execute("SELECT count(*) FROM aliases WHERE alias = ?", [URL]).fetchall() == [(0,)]
