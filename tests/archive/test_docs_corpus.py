"""The page about the corpus says what is so: its columns are the schema's, its examples run."""

import re
from pathlib import Path

import pytest

from archive.corpus import sealed_connection
from archive.layout import DataFolder, TableName
from archive.schema import markdown_table
from tests.archive.samples import sample_archive

PAGE = (Path(__file__).parents[2] / "docs" / "corpus.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return sample_archive(tmp_path_factory.mktemp("docs") / "data")


@pytest.mark.parametrize("table", ["captures", "articles"])
def test_the_column_reference_is_the_schema(table: TableName) -> None:
    match = re.search(rf"<!-- columns: {table} -->\n(.*?)\n<!-- end -->", PAGE, re.S)
    assert match is not None
    assert match.group(1) == markdown_table(table)


@pytest.mark.parametrize("sql", blocks("sql"))
def test_every_query_runs(folder: DataFolder, sql: str) -> None:
    with sealed_connection(folder) as database:
        assert database.execute(sql).description


@pytest.mark.parametrize("code", blocks("python"))
def test_every_program_runs(
    folder: DataFolder, code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder.path.parent)
    exec(compile(code, "docs/corpus.md", "exec"), {})
    assert capsys.readouterr().out.strip()


def test_there_are_examples() -> None:
    assert len(blocks("sql")) >= 5
    assert len(blocks("python")) >= 4
