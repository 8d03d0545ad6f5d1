"""Taking a page down where other addresses, other runs and interrupted work have a share in it."""

from __future__ import annotations

import fcntl
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive.access import PurgeList
from archive.claims import RunClaim
from archive.cli import main
from archive.errors import StorageError
from archive.importing.files import bring
from archive.importing.importer import Importer
from archive.layout import DataFolder
from archive.purge.orders import purge
from archive.rebuild import Rebuild, rebuild
from archive.schema import ARTICLES
from archive.tables import TableStage
from archive.wacz import export_wacz
from archive.wacz.select import Selection
from tests.archive.crawled import (
    FIRST_RUN,
    SECOND_RUN,
    begun,
    check,
    crawled,
    exchange,
    members,
    rows,
    tables,
)
from tests.archive.purging import CANARY, LATER, REASON, URL, holders, order, twice_crawled
from tests.archive.samples import FIRST_FETCH, HOST, PAGES, PlainExtractor


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return twice_crawled(tmp_path / "data")


class TestOtherAddresses:
    """The same article, or the same bytes, under an address that stays."""

    @pytest.fixture
    def other(self) -> str:
        return f"{HOST}/in-bai/bai-viet-{PAGES[0].number}.html"

    @pytest.fixture
    def folder(self, tmp_path: Path, other: str) -> DataFolder:
        """The page, then its print view with the same bytes twice, each from a run of its own."""
        folder = DataFolder(tmp_path / "data")
        for number, (run_id, url) in enumerate(((FIRST_RUN, URL), (SECOND_RUN, other), ("3-cccccc", other))):
            run = begun(folder, run_id)
            moment = FIRST_FETCH + timedelta(days=number)
            run.record(replace(exchange(PAGES[0], moment), url=url))
            run.record(exchange(PAGES[1], moment + timedelta(seconds=1)))
            run.close()
        kinds = [row["record_type"] for row in rows(folder, "captures") if row["url"] == other]
        assert kinds == ["revisit", "revisit"]
        assert check(folder).clean
        return folder

    def test_the_first_revisit_takes_the_payload_over(self, folder: DataFolder, other: str) -> None:
        purge(folder, order(), PlainExtractor())
        assert check(folder).clean
        found = [row for row in rows(folder, "captures") if row["url"] == other]
        assert [row["record_type"] for row in found] == ["response", "revisit"]
        assert found[1]["revisit_of"] == found[0]["warc_record_id"]
        assert {row["fidelity"] for row in found} == {"wire"}
        (record,) = [
            record
            for path in folder.warc_files()
            for _, record in members(path)
            if record.record_id == found[0]["warc_record_id"]
        ]
        assert record.block == exchange(PAGES[0]).response

    def test_its_page_becomes_the_first_version(self, folder: DataFolder, other: str) -> None:
        purge(folder, order(), PlainExtractor())
        (row,) = [row for row in rows(folder, "articles") if row["title"] == PAGES[0].title]
        assert (row["url"], row["version"], row["changed_fields"]) == (other, 1, [])
        reasons = [row["outcome_reason"] for row in rows(folder, "captures") if row["url"] == other]
        assert reasons == [None, "unchanged"]

    def test_both_ways_of_making_the_rows_agree(self, folder: DataFolder) -> None:
        purge(folder, order(), PlainExtractor())
        before = tables(folder)
        rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
        assert tables(folder) == before

    def test_the_plan_names_the_other_address(
        self, folder: DataFolder, other: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code = main(["--data", str(folder.path), "purge", URL, "--reason", REASON, "--dry-run", "--json"])
        said = json.loads(capsys.readouterr().out)
        assert code == 0
        assert said["same_bytes"] == [other]
        assert said["urls"] == [URL]


def test_exports_in_the_data_folder(folder: DataFolder) -> None:
    """Those that hold the page go; those of other pages, and what nobody can read, stay."""
    place = folder.path / "exports"
    place.mkdir()
    other = Selection(query=f"SELECT url FROM captures WHERE url = '{PAGES[1].url}'")
    export_wacz(folder, place / "all.wacz", Selection())
    export_wacz(folder, place / "other.wacz", other)
    (place / "half.wacz.part").write_bytes(b"PK")
    (place / "broken.wacz").write_bytes(b"PK")
    assert any("all.wacz" in name for name in holders(folder.path, CANARY))
    purge(folder, order(), PlainExtractor())
    assert holders(folder.path, CANARY) == []
    assert sorted(path.name for path in place.iterdir()) == ["broken.wacz", "other.wacz"]
    export_wacz(folder, place / "again.wacz", Selection())
    assert holders(folder.path, CANARY) == []


class TestOtherRuns:
    def test_a_crawl_of_the_portal_at_work(self, folder: DataFolder) -> None:
        run = begun(folder, "20240107020000-bbbbbb")
        run.record(exchange(PAGES[1]))
        before = tables(folder)
        with pytest.raises(StorageError, match=r"a crawl of baocaobang is at work.*--level hide"):
            purge(folder, order(), PlainExtractor())
        assert tables(folder) == before
        assert not PurgeList.load(folder).purges
        run.close()

    def test_a_crawl_of_another_portal_at_work(self, folder: DataFolder) -> None:
        run = begun(folder, "20240107020000-bbbbbb", "baolangson")
        run.record(replace(exchange(PAGES[1]), url="https://baolangson.vn/bai-1.html"))
        purge(folder, order(), PlainExtractor())
        run.close()
        assert holders(folder.path, CANARY) == []

    def test_a_rebuild_at_work(self, folder: DataFolder) -> None:
        with (folder.state / "rebuild.lock").open("ab") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            with pytest.raises(StorageError, match="a rebuild is at work"):
                purge(folder, order(), PlainExtractor())
        purge(folder, order(), PlainExtractor())

    def test_an_import_at_work(self, folder: DataFolder, tmp_path: Path) -> None:
        source = crawled(DataFolder(tmp_path / "other"), [PAGES[1]], "20240108020000-cccccc", started=LATER)
        importing = Importer(folder, PlainExtractor()).file(source)
        next(importing)
        with pytest.raises(StorageError, match=r"the run import-[0-9a-f]{12} is at work"):
            purge(folder, order(), PlainExtractor())
        assert list(importing) == []
        purge(folder, order(), PlainExtractor())

    def test_an_import_that_was_cut_off(self, folder: DataFolder, tmp_path: Path) -> None:
        """Its file is in its place, and some of its rows are staged: they are made, and then taken away."""
        other = DataFolder(tmp_path / "other")
        page = replace(PAGES[0], lead="Bản do người khác lưu.")
        source = crawled(other, (page, PAGES[1]), "20240108020000-cccccc", started=LATER + timedelta(days=3))
        importer = Importer(folder, PlainExtractor())
        brought = bring(folder, source, source.name)
        stage = TableStage(folder, "articles", brought.origin.run_id, "all")
        found = [row for row in rows(other, "articles") if row["url"] == URL]
        stage.add([{name: row[name] for name in ARTICLES.names} for row in found])
        stage.flush()
        purge(folder, order(), PlainExtractor())
        assert holders(folder.path, CANARY) == []
        (result,) = importer.file(source)
        assert result.state == "known"
        left = [row["url"] for row in rows(folder, "captures") if row["run_id"] == brought.origin.run_id]
        assert left == [PAGES[1].url]
        assert check(folder).clean

    def test_a_run_that_has_just_begun(self, folder: DataFolder) -> None:
        claim = RunClaim(folder, "20240107020000-ffffff")
        with pytest.raises(StorageError, match="the run 20240107020000-ffffff is at work"):
            purge(folder, order(), PlainExtractor())
        claim.release()
