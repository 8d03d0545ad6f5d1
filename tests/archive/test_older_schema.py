"""Tables of schema version 1 beside those of today: read, verified, purged and made anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from archive.articles import load_latest
from archive.corpus import duckdb_connection, lacks_columns
from archive.layout import DataFolder
from archive.rebuild import Rebuild, rebuild
from archive.schema import ADDED, SCHEMAS
from tests.archive.samples import FIRST_FETCH, PAGES, PORTAL, PlainExtractor, SampleRun, open_table, sample_archive
from tests.archive.verifying import check

EDITED = replace(PAGES[0], paragraphs=("Cầu dài 120 m, xe máy đi được.",))


def age(path: Path) -> None:
    """Write the articles file ``path`` as version 1 of the schema had it."""
    table = pq.read_table(path, partitioning=None)
    number = table.schema.get_field_index("schema_version")
    table = table.set_column(number, table.schema.field(number), [["1"] * len(table)])
    metadata = {b"table": b"articles", b"schema_version": b"1"}
    path.unlink()
    pq.write_table(table.drop_columns(list(ADDED["articles"])).replace_schema_metadata(metadata), path)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """An archive whose first run wrote version 1 and whose second, with an edited article, the present one."""
    folder = sample_archive(tmp_path / "data")
    for path in folder.table("articles").glob("month=*/*.parquet"):
        age(path)
    run = SampleRun(folder, "20250105T020000-d4e5f6", started=FIRST_FETCH + timedelta(days=366))
    run.write([EDITED], load_latest(folder, PORTAL)).publish()
    return folder


def types(folder: DataFolder) -> list[tuple[str, str | None]]:
    with duckdb_connection(folder) as database:
        return database.execute("SELECT schema_version, article_type FROM articles ORDER BY ALL").fetchall()


def test_older_rows_have_null_where_a_column_was_missing(folder: DataFolder) -> None:
    assert types(folder) == [("1", None)] * 3 + [("2", "text")]
    rows = open_table(folder, "articles").to_table().to_pylist()
    assert (
        sorted((row["schema_version"], row["article_type"]) for row in rows if row["version"] == 1) == [("1", None)] * 3
    )


@pytest.mark.parametrize("first", ["older", "newer"])
def test_it_does_not_matter_which_file_comes_first(folder: DataFolder, first: str) -> None:
    for path in sorted(folder.table("articles").glob("month=*/*.parquet")):
        older = lacks_columns(path, "articles")
        path.rename(path.with_name(("a" if older == (first == "older") else "z") + path.name))
    assert types(folder) == [("1", None)] * 3 + [("2", "text")]


def test_other_programs_read_both(folder: DataFolder) -> None:
    pattern = f"{folder.table('articles')}/**/*.parquet"
    assert len(pl.scan_parquet(pattern, missing_columns="insert", extra_columns="ignore").collect()) == 4
    assert len(pd.read_parquet(folder.table("articles"), columns=["title", "text"])) == 4


def test_verify_finds_nothing_wrong(folder: DataFolder) -> None:
    findings = check(folder).findings
    # The sample extractor has one version only, so that what it now adds to older rows is a difference.
    assert {finding.message for finding in findings} == {"another value in article_type, schema_version"}
    assert len(findings) == 3


def test_a_file_with_other_columns_is_damage(folder: DataFolder) -> None:
    path = next(folder.table("articles").glob("month=*/*.parquet"))
    table = pq.read_table(path, partitioning=None).drop_columns(["lead"])
    path.unlink()
    pq.write_table(table, path)
    assert "damaged-table" in {finding.kind for finding in check(folder).findings}


def test_a_rebuild_writes_the_present_version(folder: DataFolder) -> None:
    rebuild(folder, PlainExtractor(), Rebuild(), 0)
    assert types(folder) == [("2", "text")] * 4
    assert check(folder).findings == []


def test_a_rebuild_of_one_file_takes_the_older_rows_along(folder: DataFolder) -> None:
    newest = folder.warc_files()[-1]
    rebuild(folder, PlainExtractor(), Rebuild(file=newest.name), 0)
    assert types(folder) == [("1", None)] * 3 + [("2", "text")]
    for path in folder.table("articles").glob("month=*/*.parquet"):
        assert pq.read_schema(path).equals(SCHEMAS["articles"])


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 100])
def test_a_file_without_a_footer_is_not_taken_for_an_older_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    assert not lacks_columns(path, "articles")
