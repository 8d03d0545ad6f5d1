"""Small files of the tables are put together: the same rows in fewer files, whatever reads, fails or kills."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from archive import compact as module
from archive import swap
from archive.claims import Busy, RunClaim, door, reading, unread
from archive.cli import main
from archive.compact import Compacted, compact
from archive.corpus import reading_corpus
from archive.errors import StorageError
from archive.layout import DataFolder, TableName
from archive.purge.orders import Order, purge
from archive.rebuild import Rebuild, rebuild
from archive.recovery import begin_run
from archive.schema import SCHEMAS
from archive.tables import ROW_GROUP, TableStage, sort_rows, write_parquet
from tests.acceptance.crawling import ROOT
from tests.archive.crawled import check, crawled, tables
from tests.archive.purging import CANARY, holders, order, twice_crawled
from tests.archive.samples import FIRST_FETCH, LISTING, PAGES, PORTAL, PlainExtractor
from tests.archive.test_older_schema import age

WEEK = 7 * 86_400
CAPTURES: TableName = "captures"


def crawl(folder: DataFolder, number: int, portal: str = PORTAL) -> None:
    """A run of its own that finds one new article."""
    page = replace(PAGES[0], number=3161500 + number)
    began = FIRST_FETCH + timedelta(hours=number)
    crawled(folder, [page, LISTING], f"{began:%Y%m%d%H%M%S}-{number:06x}", portal, began)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """An archive of eighteen runs of two portals, which nobody put together; not to be changed."""
    folder = DataFolder(tmp_path_factory.mktemp("many") / "data")
    for number in range(18):
        crawl(folder, number, (PORTAL, "baolangson")[number % 2])
    return folder


@pytest.fixture
def folder(many: DataFolder, tmp_path: Path) -> DataFolder:
    """A copy of it."""
    return DataFolder(shutil.copytree(many.path, tmp_path / "data"))


def files(folder: DataFolder, table: TableName = CAPTURES) -> list[Path]:
    return sorted(folder.table(table).glob("month=*/*"))


def put_together(folder: DataFolder, everything: bool = False) -> Compacted:
    with door(folder):
        return compact(folder, everything)


def start(folder: DataFolder, run_id: str = "20240301020000-ffffff") -> None:
    """What every crawl begins with."""
    claim, _ = begin_run(folder, run_id, PlainExtractor())
    claim.release()


def keep(folder: DataFolder, count: int) -> None:
    """Leave only so many files of captures."""
    for path in files(folder)[count:]:
        path.unlink()


def grow_old(paths: list[Path], seconds: float = WEEK + 60) -> None:
    moment = time.time() - seconds
    for path in paths:
        os.utime(path, (moment, moment))


def everything_in(folder: DataFolder) -> dict[str, bytes]:
    """All files of the data folder but locks and marks."""
    paths = (path for path in folder.path.rglob("*") if path.is_file() and path.suffix != ".lock")
    marks = ("compacted.json", ".looked")
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in paths if path.name not in marks}


def is_present(schema: pa.Schema, table: TableName) -> bool:
    """Whether ``schema`` is that of today, with the version in its metadata."""
    return bool(schema.equals(SCHEMAS[table]) and schema.metadata == SCHEMAS[table].metadata)


def assert_tidy(folder: DataFolder) -> None:
    assert all(path.suffix == ".gone" for path in (folder.state / "compact").glob("*/*"))
    assert {path.suffix for path in folder.corpus.glob("*/*/*")} == {".parquet"}
    assert {path.name for path in folder.corpus.iterdir()} <= {*SCHEMAS, ".looked"}


def test_rows_stay_as_they_are_in_one_file_a_month(folder: DataFolder) -> None:
    before = tables(folder)
    done = put_together(folder)
    assert tables(folder) == before
    assert len({(row["warc_filename"], row["warc_record_offset"]) for row in before[0]}) == 36
    assert (done.before, done.after, done.rows) == (36, 2, {"captures": 36, "articles": 18})
    for table in SCHEMAS:
        (path,) = files(folder, table)
        assert re.fullmatch(r"compacted-\d{8}T\d{6}Z-00000\.parquet", path.name)
        rows = pq.read_table(path, partitioning=None)
        assert is_present(rows.schema, table)
        assert rows.equals(sort_rows(table, rows))
        assert rows["portal"].unique().to_pylist() == ["baocaobang", "baolangson"]
    assert_tidy(folder)
    assert check(folder).clean
    assert put_together(folder, everything=True) == Compacted()


def test_the_same_files_give_the_same_bytes(folder: DataFolder, tmp_path: Path) -> None:
    other = DataFolder(shutil.copytree(folder.path, tmp_path / "other"))
    for one in (folder, other):
        put_together(one)
    for table in SCHEMAS:
        assert [path.read_bytes() for path in files(folder, table)] == [
            path.read_bytes() for path in files(other, table)
        ]


@pytest.mark.parametrize(("count", "merged"), [(15, 15), (16, 1)])
def test_sixteen_are_enough(folder: DataFolder, count: int, merged: int) -> None:
    keep(folder, count)
    put_together(folder)
    assert len(files(folder)) == merged


def test_a_few_wait_until_the_newest_has_been_there_for_a_week(folder: DataFolder) -> None:
    keep(folder, 3)
    grow_old(files(folder)[1:])
    assert put_together(folder).rows[CAPTURES] == 0
    grow_old(files(folder), WEEK - 60)
    assert put_together(folder).rows[CAPTURES] == 0
    grow_old(files(folder))
    assert put_together(folder).rows[CAPTURES] == 6
    assert len(files(folder)) == 1


def test_everything_means_any_two(folder: DataFolder) -> None:
    keep(folder, 2)
    put_together(folder, everything=True)
    assert len(files(folder)) == 1
    keep(folder, 1)
    assert put_together(folder, everything=True) == Compacted()


def test_large_files_stay_and_the_rest_becomes_large_ones(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROW_GROUP, CAPTURES, 5)
    large = files(folder)[4]
    (few, *_) = pq.read_table(large, partitioning=None).to_batches()
    large.unlink()
    pq.write_table(pa.Table.from_batches([few] * 3), large)
    inode, before = large.stat().st_ino, tables(folder)[0]
    done = put_together(folder)
    assert tables(folder)[0] == before
    assert large.stat().st_ino == inode
    assert (done.before - 18, done.after - 1) == (17, 7)
    counts = [pq.read_metadata(path).num_rows for path in files(folder) if path != large]
    assert counts == [5, 5, 5, 5, 5, 5, 4]
    assert put_together(folder, everything=True) == Compacted()
    # One more run, and the rest is filled up.
    crawl(folder, 30)
    put_together(folder, everything=True)
    assert sorted(pq.read_metadata(path).num_rows for path in files(folder)) == [1, *[5] * 7, 6]
    assert_tidy(folder)


def test_a_partition_with_nothing_to_do_is_not_looked_into_again(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_together(folder)
    put_together(folder)
    opened: list[Path] = []
    footer = pq.read_metadata

    def counted(path: Path) -> Any:
        opened.append(path)
        return footer(path)

    with monkeypatch.context() as patch:
        patch.setattr(module._Compaction, "_small_files", None)
        put_together(folder)
    crawl(folder, 20)
    monkeypatch.setattr(pq, "read_metadata", counted)
    put_together(folder)
    # Two files that are no week old: no footer is asked for.
    assert opened == []
    put_together(folder, everything=True)
    assert len(opened) == 4
    (folder.state / "compacted.json").write_bytes(b"[1, 2")
    assert put_together(folder, everything=True) == Compacted()


def test_files_of_an_older_schema_become_files_of_the_present_one(folder: DataFolder) -> None:
    for path in files(folder, "articles")[:9]:
        age(path)
    query = f"SELECT {', '.join(SCHEMAS['articles'].names)}, is_latest FROM articles ORDER BY article_id"
    with reading_corpus(folder) as database:
        before = database.execute(query).fetchall()
    put_together(folder)
    (path,) = files(folder, "articles")
    assert is_present(pq.read_schema(path), "articles")
    rows = pq.read_table(path, partitioning=None)
    assert sorted(zip(*(rows[name].to_pylist() for name in ("schema_version", "article_type")), strict=True)) == sorted(
        [("1", None)] * 9 + [("2", "text")] * 9, key=str
    )
    with reading_corpus(folder) as database:
        assert database.execute(query).fetchall() == before


def flip(path: Path) -> None:
    """Spoil a byte in the first page of data."""
    column = pq.read_metadata(path).row_group(0).column(0)
    data = bytearray(path.read_bytes())
    data[column.data_page_offset + column.total_compressed_size - 20] ^= 0xFF
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def drop_a_column(path: Path) -> None:
    table = pq.read_table(path, partitioning=None).drop_columns(["url_path"])
    path.unlink()
    pq.write_table(table, path)


@pytest.mark.parametrize("spoil", [flip, cut, drop_a_column])
def test_a_damaged_file_stays_and_the_others_are_put_together(
    folder: DataFolder,
    spoil: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    damaged = files(folder)[3]
    spoil(damaged)
    content = damaged.read_bytes()
    with door(folder):
        module.compact_if_idle(folder)
    (line,) = caplog.messages
    assert line.startswith(f"{damaged}: ")
    assert "`baotinh verify`" in line
    assert "`baotinh rebuild`" in line
    assert damaged.read_bytes() == content
    assert (len(files(folder)), len(files(folder, "articles"))) == (2, 1)
    for _ in range(2):
        before = files(folder)
        done = put_together(folder, everything=True)
        assert (done.before, [str(damaged) in one for one in done.damaged]) == (0, [True])
        assert files(folder) == before
    assert_tidy(folder)
    if spoil is flip:
        assert main(["--data", str(folder.path), "compact"]) == 4
        assert str(damaged) in re.sub(r"\s", "", capsys.readouterr().out)


def test_a_start_puts_together_what_has_gathered(folder: DataFolder) -> None:
    before = tables(folder)
    start(folder)
    assert tables(folder) == before
    assert (len(files(folder)), len(files(folder, "articles"))) == (1, 1)


def test_the_number_of_files_stays_bounded(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    counts = []
    for number in range(34):
        start(folder, f"20240301{number:06d}-eeeeee")
        crawl(folder, number)
        counts.append(len(files(folder)))
    assert max(counts) == 16
    assert len(tables(folder)[0]) == 68
    assert check(folder).clean


def test_a_run_at_work_keeps_it_away(folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything_in(folder)
    with RunClaim(folder, "20240302020000-abcdef"):
        start(folder)
        assert len(files(folder)) == 18
        with pytest.raises(StorageError, match="20240302020000-abcdef: a run is at work"):
            put_together(folder)
        assert main(["--data", str(folder.path), "compact"]) == 3
        said = capsys.readouterr().err
        assert "20240302020000-abcdef" in said
        assert "Run this again" in said
    assert everything_in(folder) == before
    start(folder)
    assert len(files(folder)) == 1


def test_the_command_puts_everything_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = DataFolder(tmp_path)
    for number in range(3):
        crawl(folder, number)
    assert main(["--data", str(folder.path), "compact", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"before": 6, "after": 2, "rows": {"captures": 6, "articles": 3}, "damaged": []}
    crawl(folder, 40)
    assert main(["--data", str(folder.path), "compact"]) == 0
    assert "4 small files with 8 captures and 4 articles rows are 2 now." in capsys.readouterr().out
    assert main(["--data", str(folder.path), "compact"]) == 0
    assert "nothing to put together" in capsys.readouterr().out
    assert main(["--data", str(folder.path / "x"), "compact"]) == 3
    assert not (folder.path / "x").exists()


def test_readers_of_ours_are_waited_for(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.claims._PATIENCE", 0.1)
    with unread(folder):
        pass
    before = everything_in(folder)
    with reading_corpus(folder), reading(folder):
        with pytest.raises(Busy, match="somebody reads the tables"):
            put_together(folder)
        with door(folder):
            module.compact_if_idle(folder)
    with reading(folder), pytest.raises(Busy), unread(folder, 0.1):
        pass
    # A reader that comes while files are written.
    came: list[Any] = []
    write = write_parquet

    def read_then_write(*arguments: Any) -> None:
        if not came:
            came.append(reading(folder))
            came[0].__enter__()
        write(*arguments)

    monkeypatch.setattr(module, "write_parquet", read_then_write)
    with pytest.raises(Busy):
        put_together(folder)
    came[0].__exit__(None, None, None)
    assert everything_in(folder) == before
    assert put_together(folder).after == 2


def test_a_folder_without_a_lock_is_read(folder: DataFolder) -> None:
    with reading(folder), reading(DataFolder(folder.path / "none")):
        assert not (folder.state / "readers.lock").exists()


@pytest.mark.parametrize("failing", ["write_parquet", "link", "sync_folder", "swap"])
def test_a_full_disk_leaves_all_as_it_was(
    folder: DataFolder, failing: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(ROW_GROUP, CAPTURES, 10)
    pq.write_table(pa.concat_tables([pq.read_table(path, partitioning=None) for path in files(folder)]), "/dev/null")
    large = files(folder)[0]
    rows = pa.concat_tables(pq.read_table(path, partitioning=None) for path in files(folder)[:6])
    for path in files(folder)[:6]:
        path.unlink()
    pq.write_table(rows, large)
    grow_old(files(folder))
    before = everything_in(folder)
    real = getattr(module, failing)
    left = [1] if failing == "write_parquet" else []

    def fail(*arguments: Any) -> Any:
        if left:
            left.pop()
            return real(*arguments)
        raise OSError(28, "No space left on device", str(arguments[0]))

    monkeypatch.setattr(module, failing, fail)
    with pytest.raises(StorageError, match=r"No space left on device.*Free space"):
        put_together(folder)
    assert everything_in(folder) == before
    start(folder)
    assert "No space left" in caplog.text
    monkeypatch.undo()
    monkeypatch.setitem(ROW_GROUP, CAPTURES, 10)
    assert put_together(folder).before == 12 + 18


def test_without_the_kernels_help(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "_RENAME_EXCHANGE", 1 << 20)
    before = tables(folder)
    put_together(folder)
    assert tables(folder) == before
    assert len(files(folder)) == 1
    assert_tidy(folder)


def test_a_second_step_that_fails_is_undone(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "_RENAME_EXCHANGE", 1 << 20)
    before = everything_in(folder)
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if target.parent.parent == folder.corpus and not path.name.endswith(".old"):
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(StorageError, match="could not take its place"):
        put_together(folder)
    assert everything_in(folder) == before


def test_a_file_system_without_second_names(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(folder, 18)
    spoiled = files(folder)[0]
    flip(spoiled)
    content, changed = spoiled.read_bytes(), spoiled.stat().st_mtime_ns

    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    put_together(folder)
    assert (spoiled.read_bytes(), spoiled.stat().st_mtime_ns) == (content, changed)


def test_a_partition_that_is_not_ours_alone_is_left_alone(folder: DataFolder) -> None:
    (captures,) = folder.table(CAPTURES).iterdir()
    (captures / "notes").mkdir()
    (articles,) = folder.table("articles").iterdir()
    elsewhere = folder.path / "elsewhere"
    articles.rename(elsewhere)
    articles.symlink_to(elsewhere)
    (folder.table(CAPTURES) / "month=x").write_bytes(b"")
    assert put_together(folder, everything=True) == Compacted()


def test_a_rebuild_and_a_purge_take_merged_files(folder: DataFolder) -> None:
    put_together(folder)
    before = tables(folder)
    name = before[0][0]["warc_filename"]
    rebuild(folder, PlainExtractor(), Rebuild(file=name), 0)
    assert tables(folder) == before
    put_together(folder, everything=True)
    gone = before[1][-1]["url"]
    purge(folder, Order(gone, "asked for", "unlist"), PlainExtractor())
    assert tables(folder) == ([row for row in before[0] if row["url"] != gone], before[1][:-1])
    assert len(files(folder)) == 1
    rebuild(folder, PlainExtractor(), Rebuild(), 0)
    assert put_together(folder, everything=True).rows == {"captures": 35, "articles": 17}
    assert check(folder).clean


def test_a_name_is_taken_once(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        @staticmethod
        def now(zone: Any) -> Any:
            return FIRST_FETCH

    monkeypatch.setattr(module, "datetime", Clock)
    put_together(folder)
    crawl(folder, 50)
    put_together(folder, everything=True)
    assert [path.name for path in files(folder)] == ["compacted-20240105T020000Z-00001.parquet"]


# Counts rows the way a stranger does and the way we do, until it is told to stop.
_READER = """
import json, sys
from pathlib import Path
import duckdb
from archive.corpus import reading_corpus
from archive.layout import DataFolder

folder, stop = DataFolder(Path(sys.argv[1])), Path(sys.argv[2])
counts, missed, reads = set(), 0, 0
print("ready", flush=True)
while not stop.exists():
    reads += 1
    with reading_corpus(folder) as database:
        counts.add(database.execute("SELECT count(*), count(DISTINCT warc_filename) FROM captures").fetchone())
    try:
        with duckdb.connect() as database:
            query = f"SELECT count(*), count(DISTINCT warc_filename) FROM '{folder.corpus}/captures/**/*.parquet'"
            counts.add(database.execute(query).fetchone())
    except duckdb.IOException as error:
        # Listed, and gone when it was to be opened: said, and never a wrong number.
        assert "No such file" in str(error) or "not found" in str(error).lower() or "No files" in str(error), error
        missed += 1
print(json.dumps([sorted(counts), missed, reads]))
"""


def test_a_reader_counts_each_row_once_all_the_while(folder: DataFolder, tmp_path: Path) -> None:
    with unread(folder):
        pass
    (partition,) = folder.table(CAPTURES).iterdir()
    small = shutil.copytree(partition, tmp_path / "small")
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", _READER, str(folder.path), str(stop)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        try:
            assert reader.stdout.readline() == "ready\n"
            for number in range(40):
                assert put_together(folder).after >= 1
                # What it replaces stays, as a compaction leaves it: a reader may be listing it.
                again = shutil.copytree(small, tmp_path / f"again{number}")
                with unread(folder):
                    swap.swap(again, partition)
        finally:
            stop.touch()
        counts, missed, reads = json.loads(reader.stdout.readline())
    assert counts == [[36, 18]]
    assert reads > 5
    assert missed < reads


# Starts a run in copies of an archive and kills it at one write point after the other: an opening for writing, a
# rename, a link, a removal, and the call that swaps. Prints how many there are.
_DRIVER = """
import os, shutil, signal, sys
from pathlib import Path
from archive import swap
from archive.layout import DataFolder
from archive.recovery import begin_run
from tests.archive.samples import PlainExtractor

data, scratch, way = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
if way == "two":
    swap._RENAME_EXCHANGE = 1 << 20

def child(folder, at):
    count = 0
    def watch(event, arguments):
        nonlocal count
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        changes = event in ("os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir")
        # Whoever removes a whole folder names files within it by their last part.
        ours = str(folder) in str(arguments[0]) or event in ("os.remove", "os.rmdir")
        if event != "ctypes.dlopen" and not ((writes or changes) and ours):
            return
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(watch)
    begin_run(DataFolder(folder), "20240301020000-ffffff", PlainExtractor())
    (scratch / "count").write_text(str(count))

def run(at):
    folder = Path(shutil.copytree(data, scratch / str(at)))
    pid = os.fork()
    if not pid:
        try:
            child(folder, at)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

assert run(0) == 0
last = int((scratch / "count").read_text())
for at in range(1, last + 1):
    assert run(at) == -9, at
print(last)
"""


@pytest.mark.parametrize("way", ["one", "two"])
def test_killed_at_every_point(way: str, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    for number in range(3):
        crawl(folder, number)
    spoiled = files(folder, "articles")[0]
    flip(spoiled)  # So that one file stays.
    for table in SCHEMAS:
        grow_old(files(folder, table))
    before = tables_or_less(folder)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-c", _DRIVER, str(folder.path), str(scratch), way]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    last = int(done.stdout)
    assert last > 25
    for at in range(1, last + 1):
        killed = DataFolder(scratch / str(at))
        if way == "one":
            assert tables_or_less(killed) == before, at
        start(killed, "20240302020000-eeeeee")
        assert tables_or_less(killed) == before, at
        assert (len(files(killed)), len(files(killed, "articles"))) == (1, 2)
        assert_tidy(killed)
        assert not list((killed.state / "runs").iterdir())


def tables_or_less(folder: DataFolder) -> list[list[dict[str, Any]]]:
    """All rows of captures, and of articles those that can be read."""
    found = []
    for table in SCHEMAS:
        rows: list[dict[str, Any]] = []
        for path in files(folder, table):
            try:
                rows += pq.read_table(path, partitioning=None, page_checksum_verification=True).to_pylist()
            except OSError:
                continue
        found.append(sorted(rows, key=lambda row: (row["warc_filename"], row["warc_record_offset"])))
    return found


def test_names_of_stages_never_meet_those_of_merged_files(folder: DataFolder) -> None:
    """A run that goes on under its old number may use names again that were merged away."""
    put_together(folder)
    row = pq.read_table(files(folder)[0], partitioning=None).slice(0, 1).to_pylist()
    stage = TableStage(folder, CAPTURES, "20240105020000-000000", PORTAL)
    stage.add([row[0] | {"warc_record_offset": 1 << 40}])
    stage.flush()
    (path,) = stage.publish()
    assert path.exists()
    assert len(tables(folder)[0]) == 37


def test_what_was_replaced_goes_a_minute_later(folder: DataFolder) -> None:
    """A reader that lists the folder meanwhile finds all of its files or none, not half of them."""
    before = sorted(path.name for path in files(folder))
    put_together(folder)
    gone = sorted((folder.state / "compact").glob("*/*.gone"))
    assert [path.parent.name for path in gone] == sorted(SCHEMAS)
    assert sorted(path.name for path in gone[1].iterdir()) == before
    start(folder)
    assert all(path.exists() for path in gone)
    moment = time.time() - 61
    for path in gone:
        os.utime(path, (moment, moment))
    start(folder)
    assert not (folder.state / "compact").exists()


def test_what_is_taken_down_goes_at_once(tmp_path: Path) -> None:
    folder = twice_crawled(tmp_path)
    put_together(folder, everything=True)
    assert any("compact" in name for name in holders(folder.path, CANARY))
    purge(folder, order(), PlainExtractor())
    assert holders(folder.path, CANARY) == []
