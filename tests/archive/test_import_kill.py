"""An import killed at every write leaves nothing that the next start of anything does not put right."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archive.importing.files import file_token, find_imported
from archive.layout import DataFolder
from archive.recovery import begin_run
from archive.verify import verify
from tests.acceptance.crawling import ROOT
from tests.archive.foreign import foreign_warc, framed
from tests.archive.samples import PlainExtractor
from tests.archive.test_import import bring_in, write
from tests.conftest import read_rows

# Runs an import and kills it at the write point of the given number: an opening for writing, a sync, a rename, a
# removal. Prints how many there are.
_DRIVER = """
import os, signal, sys
from pathlib import Path
from archive.importing.importer import Importer
from archive.layout import DataFolder
from tests.archive.samples import PlainExtractor

if __name__ == "__main__":
    data, source, at = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    count = 0

    def watch(event, arguments):
        global count
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if not (writes or event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.symlink")):
            return
        if str(data) not in str(arguments[0]):
            return
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    list(Importer(DataFolder(data), PlainExtractor()).file(source))
    print(count)
"""


def run(folder: DataFolder, source: Path, at: int, driver: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(driver), str(folder.path), str(source), str(at)]
    return subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False
    )


def rows(folder: DataFolder) -> list[list[dict[str, Any]]]:
    tables = (read_rows(folder.path, table) for table in ("captures", "articles"))
    return [sorted(table, key=lambda row: int(row["warc_record_offset"])) for table in tables]


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    path = tmp_path / "driver.py"
    path.write_text(_DRIVER)
    return path


def start_anything(folder: DataFolder, source: Path, expected: list[list[dict[str, Any]]]) -> None:
    """What every crawl begins with makes the rows of a file that is in its place."""
    arrived = find_imported(folder, file_token(source)) is not None
    claim, recovery = begin_run(folder, "20240106020000-d4e5f6", PlainExtractor())
    claim.release()
    assert rows(folder) == (expected if arrived else [[], []])
    assert arrived or not recovery.files
    assert verify(folder, PlainExtractor(), jobs=1).clean
    (result,) = bring_in(folder, source)
    assert result.state == ("known" if arrived else "imported")
    assert rows(folder) == expected


def check(tmp_path: Path, driver: Path, points: range | list[int]) -> None:
    # Members by ones and framed anew: both ways into the archive.
    source = write(tmp_path / "a.warc", framed(foreign_warc("wget"), "plain"))
    whole = DataFolder(tmp_path / "whole")
    undisturbed = run(whole, source, 0, driver)
    assert undisturbed.returncode == 0, undisturbed.stderr
    last = int(undisturbed.stdout)
    assert last > 15
    expected = rows(whole)
    for point in points or range(1, last + 1):
        folder = DataFolder(tmp_path / f"killed-{point}")
        assert run(folder, source, min(point, last), driver).returncode == -9
        for name, table in zip(("captures", "articles"), rows(folder), strict=True):
            # What a reader sees meanwhile is true: each row once, none without its file.
            offsets = [row["warc_record_offset"] for row in table]
            assert len(offsets) == len(set(offsets)), name
            assert not table or find_imported(folder, file_token(source)) is not None
        folder.path.mkdir(exist_ok=True)
        crawl = shutil.copytree(folder.path, tmp_path / f"crawled-{point}")
        start_anything(DataFolder(crawl), source, expected)
        bring_in(folder, source)
        assert rows(folder) == expected
        assert verify(folder, PlainExtractor(), jobs=1).clean
        assert not list((folder.state / "import").iterdir())
        assert not list((folder.state / "runs").iterdir())
        assert not list(folder.staging.glob("*"))


def test_killed_at_some_points(tmp_path: Path, driver: Path) -> None:
    check(tmp_path, driver, [11, 1000])


@pytest.mark.long
def test_killed_at_every_point(tmp_path: Path, driver: Path) -> None:
    check(tmp_path, driver, [])
