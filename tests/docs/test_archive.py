"""The page about captures: its commands and its program do what it says, its tables name what the code knows."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archive.warc import WarcOptions
from scrapers import settings
from tests.conftest import ROOT, Demo

PAGE = (ROOT / "docs" / "archive.md").read_text()
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.S)
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.S)


@pytest.fixture
def here(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(demo.data, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    return tmp_path


@pytest.mark.parametrize("command", SHELL)
def test_commands(here: Path, command: str) -> None:
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    if "--explain" in command:
        assert "known false alarm" in " ".join(done.stdout.split())


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs(here: Path, program: str) -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(program, "docs/archive.md", "exec"), {})
    assert set(said.getvalue().splitlines()) <= {"HTTP/1.1 200 OK"}


def test_settings_are_those_there_are() -> None:
    files = ("pipelines/run.py", "archive/warc.py", "scrapers/settings.py")
    source = "".join((ROOT / name).read_text() for name in files)
    numbers = (WarcOptions().max_bytes, WarcOptions().max_seconds)
    for name, default in re.findall(r"^\| `(ARCHIVE_\w+)` \| `?([^|`]+)`? \|", PAGE, re.M):
        assert name in source, name
        if default.strip().isdigit():
            assert int(default) in (*numbers, settings.ARCHIVE_IMAGES_MAX, settings.ARCHIVE_IMAGES_MAX_BYTES)


def test_metadata_names_are_those_that_are_written() -> None:
    named = set(
        re.findall(r"^\| `(\w+)` \| ", PAGE.partition("name in `WARC-JSON")[2].partition("## The same")[0], re.M)
    )
    source = (ROOT / "archive" / "records.py").read_text()
    written = set(re.findall(r'"(\w+)": (?:exchange|revisit)\.', source))
    assert named == written
