from pathlib import Path

import pytest

from archive.errors import StorageError
from archive.layout import DataFolder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    (tmp_path / "warc").mkdir()
    return DataFolder(tmp_path)


def test_nothing_is_created_by_naming_it(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    assert folder.table("articles") == tmp_path / "data" / "corpus" / "articles"
    assert folder.warc_files() == []
    assert not folder.path.exists()


def test_a_warc_file_is_found_while_it_is_still_open(folder: DataFolder) -> None:
    (folder.warc / "a.warc.gz.open").touch()
    assert folder.find_warc("a.warc.gz").name == "a.warc.gz.open"
    (folder.warc / "a.warc.gz").touch()
    assert folder.find_warc("a.warc.gz").name == "a.warc.gz"
    assert [path.name for path in folder.warc_files()] == ["a.warc.gz"]
    assert [path.name for path in folder.open_files()] == ["a.warc.gz.open"]


@pytest.mark.parametrize("name", ["missing.warc.gz", "../state/ledger.sqlite", "/etc/passwd", ""])
def test_a_name_that_is_no_file_here_is_refused(folder: DataFolder, name: str) -> None:
    with pytest.raises(StorageError):
        folder.find_warc(name)
