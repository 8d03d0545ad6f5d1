"""The tables: written whole or not at all, and read alike by every common reader."""

import pickle
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from archive.articles import Latest
from archive.corpus import duckdb_connection, sealed_connection
from archive.errors import StorageError, UsageError
from archive.layout import DataFolder, TableName
from archive.schema import SCHEMAS
from archive.tables import TableStage, discard_staged, month_of, publish_staged, staged_files
from tests.archive.samples import LISTING, PAGES, PORTAL, RUN, Row, SampleRun, open_table, sample_archive

TABLES: list[TableName] = ["captures", "articles"]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return sample_archive(tmp_path_factory.mktemp("published") / "it's data")


@pytest.fixture
def rows(tmp_path: Path) -> list[Row]:
    return SampleRun(DataFolder(tmp_path / "rows")).write((*PAGES, LISTING)).captures


def stage_of(folder: DataFolder, rows: list[Row]) -> TableStage:
    stage = TableStage(folder, "captures", RUN, PORTAL)
    stage.add(rows)
    return stage


@pytest.mark.parametrize("table", TABLES)
def test_duckdb_polars_pandas_and_pyarrow_read_the_same_rows_with_a_plain_glob(
    published: DataFolder, table: TableName
) -> None:
    pattern = str(published.table(table) / "**" / "*.parquet")
    key = "warc_record_offset"
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        quoted = pattern.replace("'", "''")
        by_duckdb: list[Row] = database.sql(f"SELECT * FROM '{quoted}' ORDER BY {key}").to_arrow_table().to_pylist()
    by_polars = pl.read_parquet(pattern).sort(key).to_dicts()
    by_pyarrow = open_table(published, table).to_table().sort_by(key).to_pylist()
    by_pandas = pd.read_parquet(published.table(table)).sort_values(key)
    assert by_duckdb == by_pyarrow
    assert by_polars == [{name: row[name] for name in by_polars[0]} for row in by_pyarrow]
    assert list(by_pandas["url"]) == [row["url"] for row in by_pyarrow]
    assert by_pandas["fetch_time"].dt.tz is not None
    assert list(by_pandas["fetch_time"].dt.microsecond) == [123456] * len(by_pyarrow)
    assert {"month"} == set(by_pandas.columns) - set(SCHEMAS[table].names)


@pytest.mark.parametrize("table", TABLES)
def test_types_survive_in_every_reader(published: DataFolder, table: TableName) -> None:
    pattern = str(published.table(table) / "**" / "*.parquet").replace("'", "''")
    with duckdb.connect() as database:
        described = database.execute(f"DESCRIBE SELECT * FROM '{pattern}'").fetchall()
    types = {name: kind for name, kind, *_ in described}
    assert types["fetch_time"] == "TIMESTAMP WITH TIME ZONE"
    assert types["warc_record_offset"] == "BIGINT"
    assert types["month"] == "VARCHAR"
    if table == "articles":
        assert types["images"] == "STRUCT(url VARCHAR, caption VARCHAR, credit VARCHAR)[]"
        assert types["authors"] == "VARCHAR[]"
        frame = pl.scan_parquet(str(published.table(table))).collect_schema()
        assert frame["rungs"] == pl.List(pl.Struct({"field": pl.String, "rung": pl.String}))
    for path in published.table(table).rglob("*.parquet"):
        schema = pq.read_schema(path)
        assert schema.equals(SCHEMAS[table])
        assert schema.metadata == SCHEMAS[table].metadata
        assert all(field.metadata.items() >= SCHEMAS[table].field(field.name).metadata.items() for field in schema)


def test_articles_lie_in_the_month_they_appeared_in_vietnam(published: DataFolder) -> None:
    months = {path.parent.name for path in published.table("articles").rglob("*.parquet")}
    assert months == {"month=2023-12", "month=2024-01", "month=unknown"}
    midnight = datetime(2024, 1, 31, 17, 30, tzinfo=UTC)
    assert month_of("articles", {"published_at": midnight}) == "2024-02"
    assert month_of("captures", {"fetch_time": midnight}) == "2024-01"


def test_files_are_sorted_compressed_indexed_and_checked(published: DataFolder) -> None:
    (path,) = published.table("captures").rglob("*.parquet")
    metadata = pq.ParquetFile(path).metadata
    column = metadata.row_group(0).column(0)
    assert column.compression == "ZSTD"
    assert column.has_offset_index
    assert column.has_column_index
    times = pq.read_table(path, page_checksum_verification=True)["fetch_time"].to_pylist()
    assert times == sorted(times)


def test_same_rows_give_the_same_file(tmp_path: Path, rows: list[Row]) -> None:
    contents = []
    for name, order in (("a", rows), ("b", rows[::-1])):
        (path,) = stage_of(DataFolder(tmp_path / name), order).flush()
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]


def test_rows_reach_the_corpus_only_when_published(tmp_path: Path, rows: list[Row]) -> None:
    folder = DataFolder(tmp_path)
    stage = stage_of(folder, rows)
    assert len(stage) == len(rows)
    staged = stage.flush()
    assert len(stage) == 0
    assert staged_files(folder) == staged_files(folder, RUN) == staged
    assert open_table(folder, "captures").count_rows() == 0
    published = stage.publish()
    assert [path.name for path in published] == [path.name for path in staged]
    assert open_table(folder, "captures").count_rows() == len(rows)
    assert staged_files(folder) == []
    assert not (folder.staging / RUN).exists()
    assert stage.publish() == []


def test_publishing_touches_its_own_run_and_table_only(tmp_path: Path, rows: list[Row]) -> None:
    folder = DataFolder(tmp_path)
    other = TableStage(folder, "captures", "another-run", PORTAL)
    other.add(rows[:1])
    (kept,) = other.flush()
    stage_of(folder, rows).publish()
    assert staged_files(folder) == [kept]
    discard_staged(folder, "another-run")
    assert staged_files(folder) == []


def test_a_restarted_run_never_takes_a_name_twice(tmp_path: Path, rows: list[Row]) -> None:
    folder = DataFolder(tmp_path)
    for row in rows:
        stage = stage_of(folder, [row])
        stage.flush()
        stage.publish()
    assert open_table(folder, "captures").count_rows() == len(rows)


def test_publishing_never_overwrites(tmp_path: Path, rows: list[Row]) -> None:
    folder = DataFolder(tmp_path)
    (staged,) = stage_of(folder, rows).flush()
    target = folder.table("captures") / staged.parent.name / staged.name
    target.parent.mkdir(parents=True)
    target.write_bytes(b"earlier")
    with pytest.raises(StorageError, match="already published"):
        publish_staged(folder, [staged])
    assert target.read_bytes() == b"earlier"
    assert staged.exists()


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_corpus_has_its_columns_and_no_rows(tmp_path: Path, table: TableName) -> None:
    folder = DataFolder(tmp_path)
    expected = [*SCHEMAS[table].names, "month"]
    assert open_table(folder, table).schema.names == expected
    assert open_table(folder, table).count_rows() == 0
    with duckdb_connection(folder) as database:
        database.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in database.description or ()]
        assert database.fetchall() == []
    assert [name for name in names if name != "is_latest"] == expected


def test_is_latest_marks_the_newest_version_only(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    latest = Latest()
    SampleRun(folder).write(PAGES, latest).publish()
    corrected = [replace(PAGES[0], title="Bảo Lạc đưa vào sử dụng cầu treo Nà Phiêng")]
    SampleRun(folder, "20240106T020000-b2c3d4").write(corrected, latest).publish()
    with duckdb_connection(folder) as database:
        query = "SELECT version, is_latest FROM articles WHERE url = ? ORDER BY version"
        assert database.execute(query, [PAGES[0].url]).fetchall() == [(1, False), (2, True)]
        assert database.execute("SELECT count(*) FROM articles WHERE is_latest").fetchone() == (len(PAGES),)


def test_unknown_and_missing_columns_are_refused_before_anything_is_written(tmp_path: Path, rows: list[Row]) -> None:
    folder = DataFolder(tmp_path)
    for row, problem in ((rows[0] | {"colour": "red"}, "no column colour"), (rows[0] | {"url": None}, "column url")):
        with pytest.raises(UsageError, match=problem):
            stage_of(folder, [row]).flush()
    assert list(tmp_path.rglob("*.part*")) == []


LIMITED = """
import sys, pickle, resource
from pathlib import Path
from archive.errors import StorageError
from archive.layout import DataFolder
from archive.tables import TableStage
folder, rows = DataFolder(Path(sys.argv[1])), pickle.loads(Path(sys.argv[2]).read_bytes())
stage = TableStage(folder, "captures", "run-1", "baocaobang")
stage.add(rows)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    stage.flush()
except StorageError as error:
    print(error)
assert len(stage) == len(rows)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
stage.flush()
stage.publish()
"""


def test_a_disk_that_refuses_leaves_nothing_half_written_and_no_row_lost(tmp_path: Path, rows: list[Row]) -> None:
    (tmp_path / "rows.pickle").write_bytes(pickle.dumps(rows))
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "data"), str(tmp_path / "rows.pickle")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert "writing the table failed: File too large" in done.stdout
    folder = DataFolder(tmp_path / "data")
    assert open_table(folder, "captures").count_rows() == len(rows)
    assert [path.suffix for path in folder.path.rglob("*") if path.is_file()] == [".parquet"]


ENDLESS = """
import sys, pickle
from pathlib import Path
from archive.layout import DataFolder
from archive.tables import TableStage
folder, rows = DataFolder(Path(sys.argv[1])), pickle.loads(Path(sys.argv[2]).read_bytes())
stage = TableStage(folder, "captures", "run-1", "baocaobang")
for number in range(100_000):
    stage.add(rows)
    stage.flush()
    print(len(stage.publish()) if number % 3 else 0, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 4, 9, 15])
def test_a_killed_writer_leaves_whole_files_only(tmp_path: Path, rows: list[Row], lines: int) -> None:
    (tmp_path / "rows.pickle").write_bytes(pickle.dumps(rows))
    command = [sys.executable, "-c", ENDLESS, str(tmp_path / "data"), str(tmp_path / "rows.pickle")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(lines)]
        writer.kill()
    folder = DataFolder(tmp_path / "data")
    published = open_table(folder, "captures").count_rows()
    staged = staged_files(folder)
    assert published >= sum(said) * len(rows)
    assert all(pq.read_table(path).num_rows == len(rows) for path in staged)
    publish_staged(folder, staged)
    assert open_table(folder, "captures").count_rows() == published + len(staged) * len(rows)
    discard_staged(folder, "run-1")
    assert [path for path in folder.path.rglob("*") if path.suffix == ".part"] == []


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path: Path, rows: list[Row]) -> None:
    (tmp_path / "state").write_text("a file where a folder belongs")
    with pytest.raises(StorageError, match="state"):
        stage_of(DataFolder(tmp_path), rows).flush()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_parquet('{outside}')",
        "COPY (SELECT 1) TO '{outside}.csv'",
        "ATTACH '{outside}.db'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ],
)
def test_sealed_sql_reaches_the_corpus_and_nothing_else(published: DataFolder, tmp_path: Path, sql: str) -> None:
    outside = tmp_path / "outside.parquet"
    pq.write_table(pa.table({"a": [1]}), outside)
    with sealed_connection(published) as database:
        assert database.execute("SELECT count(*) FROM articles").fetchone() == (len(PAGES),)
        with pytest.raises(duckdb.Error):
            database.execute(sql.format(outside=outside)).fetchall()
    assert [path.name for path in tmp_path.iterdir()] == ["outside.parquet"]


def test_row_groups_are_bounded(tmp_path: Path, rows: list[Row]) -> None:
    folder = DataFolder(tmp_path)
    many = [rows[0] | {"warc_record_offset": at, "url": f"https://baocaobang.vn/{at}"} for at in range(70_000)]
    (path,) = stage_of(folder, many).flush()
    assert pq.ParquetFile(path).metadata.num_row_groups == 2


def test_small_files_are_put_together_before_they_are_published(
    tmp_path: Path, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many portals side by side flush often; readers meet few files, and every row once."""
    monkeypatch.setattr("archive.tables._SMALL", 8)
    folder = DataFolder(tmp_path / "data")
    stage = TableStage(folder, "captures", RUN, PORTAL)
    offsets = []
    for turn in range(7):
        more = [row | {"warc_record_offset": row["warc_record_offset"] + 1_000_000 * turn} for row in rows[:3]]
        offsets += [row["warc_record_offset"] for row in more]
        stage.add(more)
        stage.flush()
    published = stage.publish()
    counts = [pq.read_metadata(path).num_rows for path in published]
    assert sorted(counts) == [3, 6, 6, 6]
    assert sorted(open_table(folder, "captures").to_table()["warc_record_offset"].to_pylist()) == sorted(offsets)
    assert not list(folder.staging.rglob("*.parquet"))
    assert not stage.publish()


def test_rows_wait_for_all_stages_of_the_process_together(
    tmp_path: Path, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = TableStage._unpacked
    monkeypatch.setattr("archive.tables._PACK_ALL", before + 40)
    stages = [TableStage(DataFolder(tmp_path / str(number)), "captures", RUN, PORTAL) for number in range(4)]
    for _ in range(30):
        for stage in stages:
            stage.add(rows[:1])
    waiting = [len(stage._rows) for stage in stages]
    assert sum(waiting) < 40 + 4 * 16
    assert [len(stage) for stage in stages] == [30] * 4
    for stage in stages:
        stage.flush()
    assert TableStage._unpacked == before
