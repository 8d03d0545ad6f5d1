"""The page about recovery says what is so: its commands run on an archive that a crash has left."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from archive.cli import main
from archive.layout import DataFolder
from tests.archive.crawled import crawled, killed, members, rows, tables

PAGE = (Path(__file__).parents[2] / "docs" / "recovery.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """An archive with a crawl that ended, one that was killed, and a damaged file elsewhere."""
    folder = DataFolder(tmp_path / "data")
    crawled(DataFolder(tmp_path / "other"))
    (path,) = DataFolder(tmp_path / "other").warc_files()
    path.rename(tmp_path / "old.warc.gz")
    path = killed(folder)
    path.write_bytes(path.read_bytes()[:-30])
    return folder


def run(folder: DataFolder, command: str) -> int:
    """Run ``command`` of the page, its example names led to files that there are."""
    program, *arguments = shlex.split(command)
    assert program == "baotinh"
    here = str(folder.path.parent)
    (closed, *_) = [path.name for path in folder.warc_files()] or [""]
    named = {"/mnt/backup/old.warc.gz": f"{here}/old.warc.gz", "/tmp/rebuilt": f"{here}/rebuilt"}
    arguments = [named.get(word, closed if word.endswith(".warc.gz") else word) for word in arguments]
    return main(["--data", str(folder.path), *arguments])


def test_every_command_does_what_the_page_says(folder: DataFolder, tmp_path: Path) -> None:
    codes = {command: run(folder, command) for command in COMMANDS}
    assert list(codes.values()) == [4, 0, 0, 0, 0], codes
    assert len(COMMANDS) == 5
    (torn,) = (folder.warc / "damaged").iterdir()
    (whole,) = folder.warc_files()
    assert torn.name == whole.name + ".torn"
    assert len(members(whole)) == 8
    assert tables(DataFolder(tmp_path / "rebuilt")) == tables(folder)
    assert "response lost" in {row["outcome_reason"] for row in rows(folder, "captures")}


def test_the_options_exist(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["rebuild", "--help"])
    known = set(re.findall(r"--\w+", capsys.readouterr().out))
    assert {"--jobs", "--into", "--portal", "--file"} <= set(re.findall(r"--\w+", PAGE)) <= known
