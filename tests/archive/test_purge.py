"""Taking pages down: from readers, from tables and indexes, out of the files."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from archive.access import Level, Purge, PurgeList, Target, log_begin, write_access
from archive.cdx import INDEX, index_files
from archive.claims import RunClaim, door
from archive.cli import main
from archive.corpus import sealed_connection
from archive.errors import StorageError, UsageError
from archive.find import find_article
from archive.layout import DataFolder
from archive.members import walk_members
from archive.purge.orders import NothingMatched, purge, undo
from archive.purge.steps import finish_interrupted
from archive.purge.warc import next_name
from archive.rebuild import Rebuild, rebuild
from archive.revisit import metadata
from archive.urlkey import urlkey
from archive.wacz.select import Selection, choose
from tests.archive.crawled import (
    check,
    killed,
    members,
    rows,
    tables,
)
from tests.archive.purging import CANARY, REASON, URL, holders, order, twice_crawled
from tests.archive.samples import HOST, LISTING, PAGES, PlainExtractor
from tests.conftest import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return twice_crawled(tmp_path / "data")


def urls(folder: DataFolder, query: str = "SELECT DISTINCT url FROM captures") -> set[str]:
    with sealed_connection(folder) as database:
        return {url for (url,) in database.execute(query).fetchall()}


class TestTarget:
    @pytest.mark.parametrize(
        ("text", "url", "covered"),
        [
            (URL, URL, True),
            (URL, URL.replace("https", "http"), True),
            (URL, URL.replace("//", "//www."), True),
            (URL, URL + "?trang=2", False),
            (URL, PAGES[1].url, False),
            (f"{HOST}/bai-viet-*", URL, True),
            (f"{HOST}/bai-viet/*", URL, False),
            (f"{HOST}/bai-viet/*", f"{HOST}/bai-viet/1.html", True),
            (f"{HOST}/*", f"{HOST}/", True),
            (f"{HOST}/*", "https://baocaobang.vn.example.org/", False),
        ],
    )
    def test_covers(self, text: str, url: str, covered: bool) -> None:
        for target in (Target.of(text), Target.of(text).forgotten()):
            assert target.matches(urlkey(url)) is covered

    @pytest.mark.parametrize("text", ["baocaobang.vn/x", "https://", "https://baocao*", "ftp://a.vn/x", "*", ""])
    def test_what_is_no_address_is_refused(self, text: str) -> None:
        with pytest.raises(UsageError, match="https://host/"):
            Target.of(text)


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("p-20240105020000000-00000-host-a1b2c3.warc.gz", "p-20240105020000000-00000-host.p1-a1b2c3.warc.gz"),
        ("p-20240105020000000-00000-host.p9-a1b2c3.warc.gz", "p-20240105020000000-00000-host.p10-a1b2c3.warc.gz"),
        ("foreign.warc.gz", "foreign.p1.warc.gz"),
        ("foreign.p1.warc.gz", "foreign.p2.warc.gz"),
    ],
)
def test_the_name_of_a_rewritten_file(name: str, after: str) -> None:
    assert next_name(name) == after


class TestHide:
    def test_readers_do_not_see_it(self, folder: DataFolder) -> None:
        before = [path.read_bytes() for path in folder.warc_files()]
        purge(folder, order("hide"))
        assert URL not in urls(folder)
        assert URL not in urls(folder, "SELECT url FROM articles")
        assert URL not in urls(folder, "SELECT alias FROM aliases")
        assert PAGES[1].url in urls(folder, "SELECT url FROM articles WHERE is_latest")
        with pytest.raises(UsageError, match="was taken down"):
            find_article(folder, URL)
        with choose(folder, Selection()) as chosen:
            shown = {page.url for name in chosen.files() for page in chosen.pages(name)}
        assert PAGES[1].url in shown
        assert URL not in shown
        assert [path.read_bytes() for path in folder.warc_files()] == before

    def test_the_archive_itself_still_proves_it(self, folder: DataFolder) -> None:
        purge(folder, order("hide"))
        assert check(folder).clean

    def test_the_list_for_pywb(self, folder: DataFolder) -> None:
        for url in (URL, f"{HOST}/Thoi-su*", PAGES[1].url):
            purge(folder, order("hide", url))
        lines = (folder.state / "access.aclj").read_bytes().splitlines()
        assert lines == sorted(lines, reverse=True)
        assert lines[-1] == (
            b'vn,baocaobang)/bai-viet-3161421.html### - {"access": "block", "url": "%s"}' % URL.encode()
        )
        assert lines[0].startswith(b"vn,baocaobang)/thoi-su - ")

    def test_pywb_reads_the_list_as_we_do(self, folder: DataFolder) -> None:
        python = ROOT / ".venv-replay" / "bin" / "python"
        if not python.exists():
            pytest.skip("pywb is not set up; `make replay` does that")
        for url in (URL, f"{HOST}/Thoi-su*", f"{HOST}/in-bai/*", f"{HOST}/tim?chu-de=2&trang=1"):
            log_begin(folder, Purge(url, Target.of(url), "hide", REASON, "x", "2026-11-21T00:00:00Z"), forget=False)
        write_access(folder)
        asked = [URL, URL.replace("//", "//www."), URL + "?a=1", PAGES[1].url, f"{HOST}/Thoi-su", f"{HOST}/thoi-su/1"]
        asked += [f"{HOST}/in-bai", f"{HOST}/in-bai/x", f"{HOST}/tim?trang=1&chu-de=2", f"{HOST}/tim", f"{HOST}/"]
        program = (
            "import sys; from pywb.warcserver.access_checker import AccessChecker; c = AccessChecker(sys.argv[1])\n"
            "for url in sys.argv[2:]: print(c.find_access_rule(url)['access'])"
        )
        command = [str(python), "-c", program, str(folder.state / "access.aclj"), *asked]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
        known = PurgeList.load(folder)
        assert said == ["block" if known.covers(url) else "allow" for url in asked]
        assert set(said) == {"block", "allow"}

    def test_undo(self, folder: DataFolder) -> None:
        purge(folder, order("hide"))
        (undone,) = undo(folder, URL, "Đã làm rõ.")
        assert undone.level == "hide"
        assert URL in urls(folder)
        assert find_article(folder, URL)
        assert (folder.state / "access.aclj").read_bytes() == b""
        assert PurgeList.load(folder).purges == []
        with pytest.raises(NothingMatched):
            undo(folder, URL, "")

    def test_it_works_while_a_crawl_is_at_work(self, folder: DataFolder) -> None:
        claim = RunClaim(folder, "20240107020000-ffffff")
        purge(folder, order("hide"))
        claim.release()
        assert PurgeList.load(folder).covers(URL)


class TestUnlist:
    def test_rows_and_lines_go_and_the_records_stay(self, folder: DataFolder) -> None:
        before = {path.name: path.read_bytes() for path in folder.warc_files()}
        job = purge(folder, order("unlist"), PlainExtractor())
        assert {path.name: path.read_bytes() for path in folder.warc_files()} == before
        assert not any(row["url"] == URL for table in tables(folder) for row in table)
        for path in (*index_files(folder), folder.cdx / INDEX):
            assert b"bai-viet-3161421" not in path.read_bytes()
        assert b"bai-viet-3161422" in (folder.cdx / INDEX).read_bytes()
        assert job.counts == {"records": 2, "captures": 2, "articles": 2, "files": 2}

    def test_undo_and_rebuild_bring_everything_back(self, folder: DataFolder) -> None:
        before = tables(folder)
        index = (folder.cdx / INDEX).read_bytes()
        purge(folder, order("unlist"), PlainExtractor())
        undo(folder, URL, "Nhầm địa chỉ.")
        rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
        assert tables(folder) == before
        assert (folder.cdx / INDEX).read_bytes() == index
        assert check(folder).clean

    def test_it_can_be_deleted_afterwards(self, folder: DataFolder) -> None:
        purge(folder, order("unlist"), PlainExtractor())
        purge(folder, order("delete"), PlainExtractor())
        assert holders(folder.path, CANARY) == []
        assert check(folder).clean


class TestDelete:
    def test_nothing_of_it_is_left(self, folder: DataFolder) -> None:
        assert len(holders(folder.path, CANARY)) >= 4
        job = purge(folder, order(), PlainExtractor())
        assert holders(folder.path, CANARY) == []
        assert check(folder).clean
        assert job.counts == {"records": 4, "captures": 2, "articles": 2, "files": 2}
        assert not any(row["url"] == URL for table in tables(folder) for row in table)
        assert b"bai-viet-3161421" not in (folder.cdx / INDEX).read_bytes()
        assert not (folder.state / "purge").exists()

    def test_the_other_members_are_the_same_bytes(self, folder: DataFolder) -> None:
        before = {data for path in folder.warc_files() for data, record in members(path) if record.url != URL}
        purge(folder, order(), PlainExtractor())
        after = {data for path in folder.warc_files() for data, _ in members(path)}
        changed = [record for path in folder.warc_files() for data, record in members(path) if data not in before]
        assert sorted(record.type for record in changed) == ["metadata", "metadata", "warcinfo", "warcinfo"]
        assert len(before - after) == 2, "the warcinfo records, which name their file"

    def test_the_files_have_new_names_and_say_so(self, folder: DataFolder) -> None:
        names = [path.name for path in folder.warc_files()]
        purge(folder, order(), PlainExtractor())
        assert [path.name for path in folder.warc_files()] == [next_name(name) for name in names]
        for path in folder.warc_files():
            first = members(path)[0][1]
            assert first.header("WARC-Filename") == path.name
        assert [path.name for path in index_files(folder)] == [f"{next_name(name)}.cdxj" for name in names]

    def test_the_tombstone(self, folder: DataFolder) -> None:
        job = purge(folder, order(), PlainExtractor())
        for path in folder.warc_files():
            (stone,) = [record for _, record in members(path) if record.type == "metadata"]
            assert stone.url == URL
            assert metadata(stone) == {"tombstone": job.id}
            assert stone.block.decode().splitlines() == [f"purge: {job.id}", f"purged: {job.at}", f"reason: {REASON}"]

    def test_the_tables_can_be_made_again(self, folder: DataFolder) -> None:
        purge(folder, order(), PlainExtractor())
        before = tables(folder)
        rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
        assert tables(folder) == before

    def test_the_log_names_it_without_the_content(self, folder: DataFolder) -> None:
        purge(folder, order(), PlainExtractor())
        begin, done = map(json.loads, (folder.state / "purges.jsonl").read_text().splitlines())
        assert (begin["event"], begin["level"], begin["reason"], begin["url"]) == ("begin", "delete", REASON, URL)
        assert begin["who"]
        assert done["counts"]["records"] == 4

    def test_the_address_can_be_forgotten(self, folder: DataFolder) -> None:
        purge(folder, order("hide"))
        purge(folder, order(forget=True), PlainExtractor())
        assert holders(folder.path, "bai-viet-3161421") == []
        assert PurgeList.load(folder).covers(URL)
        assert not PurgeList.load(folder).covers(PAGES[1].url)
        assert check(folder).clean

    def test_a_prefix(self, folder: DataFolder) -> None:
        purge(folder, order(url=f"{HOST}/bai-viet-*"), PlainExtractor())
        assert {row["url"] for row in rows(folder, "captures")} == {LISTING.url}
        assert rows(folder, "articles") == []
        assert check(folder).clean

    def test_twice(self, folder: DataFolder) -> None:
        purge(folder, order(), PlainExtractor())
        with pytest.raises(NothingMatched):
            purge(folder, order(), PlainExtractor())
        purge(folder, order(url=PAGES[1].url), PlainExtractor())
        assert all(".p2-" in path.name for path in folder.warc_files())
        assert check(folder).clean

    def test_it_cannot_be_undone(self, folder: DataFolder) -> None:
        purge(folder, order(), PlainExtractor())
        with pytest.raises(UsageError, match="cannot be undone"):
            undo(folder, URL, "")

    def test_what_was_set_aside_is_cleaned_too(self, folder: DataFolder) -> None:
        aside = folder.warc / "damaged"
        aside.mkdir()
        for path in folder.warc_files():
            shutil.copy(path, aside / path.name)
            whole = path.read_bytes()
            offset, length, _ = next(
                one for one in walk_members(path) if one[2].url == URL and one[2].type != "request"
            )
            (aside / f"{path.name}.torn").write_bytes(whole[offset : offset + length - 9])
        purge(folder, order(), PlainExtractor())
        assert holders(folder.path, CANARY) == []
        assert any(path.stat().st_size for path in aside.iterdir())

    def test_what_a_dead_run_left_goes_too(self, folder: DataFolder) -> None:
        killed(folder, (replace(PAGES[0], lead="Bản thứ ba."), PAGES[1]), "20240107020000-aaaaaa")
        purge(folder, order(), PlainExtractor())
        assert holders(folder.path, CANARY) == []
        assert check(folder).clean

    @pytest.mark.parametrize("level", ["unlist", "delete"])
    def test_a_damaged_file(self, folder: DataFolder, level: Level) -> None:
        """A row that points at damage is none the worse for it; what verify says of the rest is what it said before."""
        path = folder.warc_files()[0]
        whole = bytearray(path.read_bytes())
        offset, _, _ = next(
            one for one in walk_members(path) if one[2].url == LISTING.url and one[2].type == "response"
        )
        whole[offset + 40] ^= 0xFF
        path.write_bytes(whole)
        before = sorted((one.kind, one.url) for one in check(folder).findings)
        purge(folder, order(level), PlainExtractor())
        assert sorted((one.kind, one.url) for one in check(folder).findings) == before

    def test_nothing_matches(self, folder: DataFolder) -> None:
        before = tables(folder)
        with pytest.raises(NothingMatched, match=r"nothing in .* is archived"):
            purge(folder, order(url=f"{HOST}/khong-co.html"), PlainExtractor())
        assert tables(folder) == before
        assert not (folder.state / "purges.jsonl").exists()


def test_a_purge_that_failed_at_its_end_is_finished_by_the_next(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing answers to the address any more, and still the indexes must follow."""

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("archive.purge.steps.merge_index", refuse)
        with pytest.raises(StorageError):
            purge(folder, order(), PlainExtractor())
    assert purge(folder, order(), PlainExtractor()).counts["records"] == 4
    assert check(folder).clean


def test_a_failed_purge_is_finished_by_the_next_start(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses while files are staged, and again while they are moved."""

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("archive.purge.steps.stage_rows", "archive.purge.steps.merge_index"):
        with monkeypatch.context() as patch:
            patch.setattr(name, refuse)
            with pytest.raises(StorageError, match=r"No space left on device.*purge again"):
                purge(folder, order(), PlainExtractor())
        assert URL not in urls(folder), "hidden from the first moment on"
    with door(folder):
        job = finish_interrupted(folder, PlainExtractor())
    assert job is not None
    assert holders(folder.path, CANARY) == []
    assert check(folder).clean


class TestCommand:
    def run(self, folder: DataFolder, *arguments: str) -> int:
        return main(["--data", str(folder.path), "purge", *arguments])

    def test_hide_by_default(self, folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(folder, URL, "--reason", REASON) == 0
        assert "--undo shows it again" in capsys.readouterr().out
        assert self.run(folder, "--list") == 0
        listed = capsys.readouterr().out
        assert URL in listed
        assert "hide" in listed
        assert self.run(folder, URL, "--undo") == 0
        assert self.run(folder, "--list") == 0
        assert "Nothing was taken down" in capsys.readouterr().out

    def test_dry_run_changes_nothing(self, folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
        files = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*") if path.is_file()}
        assert self.run(folder, URL, "--reason", REASON, "--level", "delete", "--dry-run") == 0
        assert "2 captures, 2 article versions, 2 WARC files" in capsys.readouterr().out
        assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*") if path.is_file()} == files

    @pytest.mark.parametrize(
        ("arguments", "code", "word"),
        [
            (("--reason", REASON), 2, "name an address"),
            ((URL,), 2, "--reason is empty"),
            ((URL, "--reason", "a\nb"), 2, "one line"),
            ((URL, "--reason", REASON, "--forget-url"), 2, "--level delete"),
            ((URL, "--reason", REASON, "--level", "delete"), 2, "add --yes"),
            ((f"{HOST}/khong-co.html", "--reason", REASON), 4, "nothing in"),
            ((URL, "--undo"), 4, "no purge of exactly this address"),
        ],
    )
    def test_what_cannot_be(
        self, folder: DataFolder, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, word: str
    ) -> None:
        assert self.run(folder, *arguments) == code
        assert word in capsys.readouterr().err

    def test_a_folder_that_is_not_there(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(DataFolder(tmp_path / "x"), URL, "--reason", REASON) == 3
        assert "does not exist" in capsys.readouterr().err
