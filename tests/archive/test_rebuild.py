"""What is made from the WARC files alone is what the crawl made, byte for byte the same each time."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archive import staging, swap
from archive.claims import RunClaim
from archive.compact import clear_compaction
from archive.errors import StorageError, UsageError
from archive.importing.importer import Importer
from archive.layout import DataFolder
from archive.model import Exchange, Extraction
from archive.rebuild import Rebuild, Rebuilt, rebuild, undo_rebuild
from archive.recovery import begin_run
from tests.archive.crawled import (
    CHANGED,
    FIRST_RUN,
    LONG,
    ROBOTS,
    SECOND_RUN,
    begun,
    check,
    crawled,
    exchange,
    rows,
    tables,
)
from tests.archive.samples import (
    FIRST_FETCH,
    LISTING,
    PAGES,
    PORTAL,
    DyingExtractor,
    FailingExtractor,
    OtherExtractor,
    PlainExtractor,
)

EVERYTHING = Rebuild()
EMPTY = replace(PAGES[0], number=3161490, paragraphs=())
MISSING = replace(PAGES[0], number=3161491, status="404 Not Found")
CHUNKED = b"".join(b"%x;n=1\r\n%s\r\n" % (300, bytes([65 + n]) * 300) for n in range(4)) + b"0\r\nX-Sum: 9\r\n\r\n"


def other_answers(started: datetime) -> list[Exchange]:
    """Answers that are no page: chunked, cut short, reconstructed, not HTTP at all, none."""
    plain = Exchange(ROBOTS, started, b"GET /robots.txt HTTP/1.1\r\n\r\n", b"", via="robots")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    page = replace(plain, url="https://baocaobang.vn/ve-chung-toi", via=None)
    return [
        replace(plain, response=b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nUser-agent: *\n"),
        replace(page, response=head + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED),
        replace(page, response=head + b"Content-Length: 900\r\n\r\n<html>", truncated="disconnect"),
        replace(page, response=head + b"\r\n<!DOCTYPE html>", fidelity="reconstructed"),
        replace(page, response=b"\x00\x01 no HTTP"),
        replace(page, truncated="time"),
        replace(page, response=b"HTTP/1.1 301 Moved\r\nLocation: /gioi-thieu\r\nContent-Length: 0\r\n\r\n"),
        replace(page, response=b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'),
    ]


def sample(folder: DataFolder) -> DataFolder:
    """Two portals and three runs: articles new, unchanged, changed and changed back; pages that are none."""
    pages = (*PAGES, LISTING, LONG, EMPTY, MISSING)
    crawled(folder, pages)
    day = timedelta(days=1)
    run = begun(folder, SECOND_RUN)
    for number, page in enumerate((CHANGED, *PAGES[1:], LONG, LISTING)):
        run.record(exchange(page, FIRST_FETCH + day + timedelta(seconds=number)))
    for number, answer in enumerate(other_answers(FIRST_FETCH + day)):
        run.record(replace(answer, started=answer.started + timedelta(minutes=1 + number)))
    for number, answer in enumerate(other_answers(FIRST_FETCH + day)[:2]):
        run.record(replace(answer, started=answer.started + timedelta(hours=1 + number)))
    run.close()
    crawled(folder, [PAGES[0], LONG], "20240107020000-0a0b0c", started=FIRST_FETCH + 2 * day)
    elsewhere = [replace(page, number=page.number + 1000) for page in (*PAGES, LONG)]
    crawled(folder, elsewhere, "20240107030000-0d0e0f", "baolangson", FIRST_FETCH + 2 * day)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return sample(DataFolder(tmp_path / "data"))


def remade(folder: DataFolder, what: Rebuild = EVERYTHING, jobs: int = 0) -> Rebuilt:
    return rebuild(folder, PlainExtractor(), what, jobs)


def files(folder: DataFolder) -> dict[str, bytes]:
    """Every derived file that must come out the same."""
    found = [*folder.corpus.rglob("*.parquet"), *folder.cdx.glob("*.cdxj")]
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in found}


def test_the_sample_has_what_matters(folder: DataFolder) -> None:
    captures, articles = tables(folder)
    assert {row["record_type"] for row in captures} == {"response", "revisit", "request"}
    assert {row["outcome_reason"] for row in captures} >= {"unchanged", "no-text", "status 404", "time", None}
    versions = [row["version"] for row in articles if row["native_id"] == str(PAGES[0].number)]
    assert sorted(versions) == [1, 2, 3]
    assert [row["fidelity"] for row in captures].count("reconstructed") == 1
    revisited = [row for row in captures if row["record_type"] == "revisit"]
    assert any(row["content_mime_detected"] == "text/html" for row in revisited)
    assert check(folder).clean


def test_the_tables_are_those_of_the_crawl(folder: DataFolder) -> None:
    before, indexes = tables(folder), {path.name: path.read_bytes() for path in folder.cdx.glob("*.cdxj")}
    done = remade(folder)
    assert tables(folder) == before
    assert {path.name: path.read_bytes() for path in folder.cdx.glob("*.cdxj")} == indexes
    assert (done.files, done.captures, done.articles) == (4, len(before[0]), len(before[1]))
    assert not (folder.state / "rebuild").exists()
    report = check(folder)
    assert report.clean, report.findings


def test_everything_derived_can_be_deleted_first(folder: DataFolder) -> None:
    before, made = tables(folder), sorted(folder.cdx.glob("*.cdxj"))
    for path in (*folder.corpus.rglob("*.parquet"), *made, *folder.state.rglob("*.*")):
        path.unlink()
    remade(folder)
    assert tables(folder) == before
    assert sorted(folder.cdx.glob("*.cdxj")) == made
    assert check(folder).clean


def test_the_number_of_processes_changes_no_byte(folder: DataFolder, tmp_path: Path) -> None:
    one, two = DataFolder(tmp_path / "one"), DataFolder(tmp_path / "two")
    remade(folder, Rebuild(into=one.path), jobs=1)
    remade(folder, Rebuild(into=two.path), jobs=2)
    assert files(one) == files(two)
    assert len(files(one)) >= 8
    assert tables(one) == tables(folder)


def test_one_portal(folder: DataFolder) -> None:
    before = tables(folder)
    paths = set(folder.corpus.rglob("*.parquet"))
    remade(folder, Rebuild(portal="baolangson"))
    assert tables(folder) == before
    kept = paths & set(folder.corpus.rglob("*.parquet"))
    assert kept
    assert all("baocaobang" in path.name for path in kept)
    with pytest.raises(UsageError, match="portal baohagiang"):
        remade(folder, Rebuild(portal="baohagiang"))


def test_versions_are_numbered_over_the_portals_of_a_desk(tmp_path: Path) -> None:
    """A newspaper that moves to another domain keeps its articles: the same one is new, unchanged or changed there."""
    folder = DataFolder(tmp_path / "data")
    old = crawled(folder, PAGES, FIRST_RUN)
    day = timedelta(days=1)
    new = crawled(DataFolder(tmp_path / "new"), (CHANGED, PAGES[1]), SECOND_RUN, "caobangonline", FIRST_FETCH + day)
    new.rename(folder.warc / new.name)
    claim, recovery = begin_run(folder, "20240108020000-cccccc", PlainExtractor())
    claim.release()
    assert recovery.files == [new.name]
    crawled(folder, [PAGES[0], PAGES[2]], "20240107020000-0a0b0c", started=FIRST_FETCH + 2 * day)
    before = tables(folder)
    versions = sorted((row["version"], row["portal"]) for row in before[1] if row["native_id"] == str(PAGES[0].number))
    assert versions == [(1, PORTAL), (2, "caobangonline"), (3, PORTAL)]
    assert [row["native_id"] for row in before[1]].count(str(PAGES[1].number)) == 1
    assert check(folder).clean
    for what in (EVERYTHING, Rebuild(portal="caobangonline"), Rebuild(portal=PORTAL), Rebuild(file=new.name)):
        remade(folder, what)
        assert tables(folder) == before, what
        assert check(folder).clean
    new_path = folder.warc / new.name
    new_path.unlink()
    remade(folder, Rebuild(file=new.name))
    # Between the first and the third capture nothing is known to have changed, on whatever domain.
    left = [row["version"] for row in rows(folder, "articles") if row["native_id"] == str(PAGES[0].number)]
    assert left == [1]
    assert old.exists()
    assert check(folder).clean


def test_one_file(folder: DataFolder) -> None:
    before = tables(folder)
    for path in folder.warc_files():
        remade(folder, Rebuild(file=path.name))
        assert tables(folder) == before
    with pytest.raises(UsageError, match=r"khong-co\.warc\.gz"):
        remade(folder, Rebuild(file="khong-co.warc.gz"))


def test_versions_close_up_when_a_file_is_gone(folder: DataFolder) -> None:
    gone = next(path for path in folder.warc_files() if "d4e5f6" in path.name)
    gone.unlink()
    remade(folder, Rebuild(file=gone.name))
    assert gone.name not in {row["warc_filename"] for row in rows(folder, "captures")}
    versions = [row["version"] for row in rows(folder, "articles") if row["native_id"] == str(PAGES[0].number)]
    # Between the first and the third capture nothing is known to have changed.
    assert versions == [1]


def test_another_extractor_makes_other_rows(folder: DataFolder) -> None:
    rebuild(folder, OtherExtractor(), EVERYTHING, 0)
    assert {row["extractor_version"] for row in rows(folder, "articles")} == {"2"}
    assert all(row["title"].isupper() for row in rows(folder, "articles"))


class InterruptedExtractor(PlainExtractor):
    """Reads the pages of some files and is interrupted at those of the next."""

    def __init__(self, pages: int) -> None:
        self.pages = pages

    def __call__(self, portal: str, url: str, response: bytes, fetched: datetime) -> Extraction | None:
        """See ``archive.model.Extractor``."""
        self.pages -= 1
        if self.pages < 0:
            raise KeyboardInterrupt
        return super().__call__(portal, url, response, fetched)


def test_an_interrupted_rebuild_goes_on(folder: DataFolder) -> None:
    before, reader = tables(folder), InterruptedExtractor(1000)
    rebuild(folder, reader, EVERYTHING, 0)
    needed = 1000 - reader.pages
    with pytest.raises(KeyboardInterrupt):
        rebuild(folder, InterruptedExtractor(needed - 2), EVERYTHING, 0)
    assert tables(folder) == before, "the tables must be left alone until the new ones are whole"
    # Only the file in which it stopped is read again.
    rebuild(folder, InterruptedExtractor(needed // 2), EVERYTHING, 0)
    assert tables(folder) == before
    assert check(folder).clean


def test_a_page_that_kills_its_process(folder: DataFolder) -> None:
    before = rows(folder, "captures")
    rebuild(folder, DyingExtractor(), EVERYTHING, 2)
    dead = {row["url"]: row["outcome_reason"] for row in rows(folder, "captures") if row["url"] == PAGES[0].url}
    assert dead == {PAGES[0].url: "crash"}
    assert len(rows(folder, "captures")) == len(before)


class HangingExtractor(PlainExtractor):
    """An extractor that some page keeps for ever."""

    def __call__(self, portal: str, url: str, response: bytes, fetched: datetime) -> Extraction | None:
        """See ``archive.model.Extractor``."""
        if url == PAGES[1].url:
            time.sleep(600)
        return super().__call__(portal, url, response, fetched)


def test_a_page_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path)
    crawled(folder)
    monkeypatch.setattr(staging, "PAGE_SECONDS", 0.5)
    rebuild(folder, HangingExtractor(), EVERYTHING, 1)
    reasons = {row["url"]: row["outcome_reason"] for row in rows(folder, "captures")}
    assert reasons == {PAGES[0].url: None, PAGES[1].url: "timeout", PAGES[2].url: None, LISTING.url: None}


def test_a_page_the_extractor_fails_on(folder: DataFolder) -> None:
    rebuild(folder, FailingExtractor(), EVERYTHING, 0)
    assert rows(folder, "articles") == []
    assert {row["outcome_reason"] for row in rows(folder, "captures") if row["url"] == PAGES[0].url} == {"error"}


@pytest.mark.parametrize("jobs", [0, 2])
def test_damage_is_named_and_the_rest_is_kept(folder: DataFolder, jobs: int, caplog: pytest.LogCaptureFixture) -> None:
    path = next(path for path in folder.warc_files() if "d4e5f6" in path.name)
    captures = [row for row in rows(folder, "captures") if row["warc_filename"] == path.name]
    data = bytearray(path.read_bytes())
    spot = captures[3]["warc_record_offset"]
    data[spot + 20 : spot + 60] = bytes(40)
    path.write_bytes(data)
    done = remade(folder, jobs=jobs)
    assert f"it gets no CDXJ before `baotinh salvage {path.name}`" in caplog.text
    assert list(done.lost) == [path.name]
    assert f"bytes {spot} to" in done.lost[path.name][0]
    left = [row for row in rows(folder, "captures") if row["warc_filename"] == path.name]
    assert len(left) == len(captures)
    assert [row["outcome_reason"] for row in left].count("response lost") == 1


def test_a_run_at_work_is_not_disturbed(folder: DataFolder, tmp_path: Path) -> None:
    claim = RunClaim(folder, FIRST_RUN)
    with pytest.raises(StorageError, match=f"{FIRST_RUN}: a run is at work"):
        remade(folder)
    remade(folder, Rebuild(into=tmp_path / "new"))
    assert tables(DataFolder(tmp_path / "new")) == tables(folder)
    claim.release()
    remade(folder)


def test_an_import_at_work_is_not_disturbed(folder: DataFolder, tmp_path: Path) -> None:
    source = crawled(DataFolder(tmp_path / "other"), [CHANGED], "20240108020000-cccccc")
    importing = Importer(folder, PlainExtractor()).file(source)
    next(importing)
    with pytest.raises(StorageError, match=r"import-[0-9a-f]{12}: a run is at work"):
        remade(folder)
    with pytest.raises(UsageError, match=r"import-[0-9a-f]{12} is at work .* already"):
        next(Importer(folder, PlainExtractor()).file(source))
    assert list(importing) == []
    remade(folder)


@pytest.mark.parametrize("helps", [True, False])
def test_who_is_listing_the_old_tables_finds_all_of_them(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, helps: bool
) -> None:
    if not helps:
        monkeypatch.setattr(swap, "_RENAME_EXCHANGE", 1 << 20)
    before = tables(folder)
    # Who has the folder open follows it to wherever it goes.
    monkeypatch.chdir(folder.table("articles"))
    names = sorted(Path().iterdir())
    remade(folder)
    assert tables(folder) == before
    assert sorted(Path().iterdir()) == names
    clear_compaction(folder)
    assert len(list((folder.state / "compact").glob("*/corpus-*.gone"))) == 1
    clear_compaction(folder, linger=0)
    assert not (folder.state / "compact").exists()


def test_an_exchange_killed_between_its_two_steps(folder: DataFolder) -> None:
    before = tables(folder)
    old = folder.state / "rebuild" / ("0" * 16) / "corpus.old"
    old.parent.mkdir(parents=True)
    folder.corpus.rename(old)
    undo_rebuild(folder)
    assert tables(folder) == before


@pytest.mark.parametrize("helps", [True, False])
def test_a_rebuild_killed_behind_the_exchange_is_no_obstacle(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, helps: bool
) -> None:
    if not helps:
        monkeypatch.setattr(swap, "_RENAME_EXCHANGE", 1 << 20)
    before = tables(folder)
    with monkeypatch.context() as killed:
        killed.setattr("archive.rebuild.retire", _die)
        with pytest.raises(KeyboardInterrupt):
            remade(folder)
    assert tables(folder) == before
    left = [path.name for path in (folder.state / "rebuild").glob("*/corpus*")]
    assert left == (["corpus"] if helps else ["corpus.old"])
    remade(folder)
    assert tables(folder) == before
    assert not (folder.state / "rebuild").exists()


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def baotinh(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "archive.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_refuses_with_the_remedy(folder: DataFolder, tmp_path: Path) -> None:
    done = baotinh("--data", str(tmp_path / "nothing"), "rebuild")
    assert done.returncode == 3
    assert "Name the data folder with --data" in done.stderr
    done = baotinh("--data", str(folder.path), "rebuild", "--into", str(folder.path))
    assert done.returncode == 2
    assert "name a new folder" in done.stderr
    done = baotinh("--data", str(folder.path), "rebuild", "--portal", "x", "--file", "y")
    assert done.returncode == 2
