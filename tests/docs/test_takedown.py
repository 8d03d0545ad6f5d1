"""The page about taking pages down says what is so: its commands run, in order, with the outcome it names."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from archive.access import LEVELS
from archive.layout import DataFolder
from tests.archive.crawled import crawled
from tests.archive.purging import holders
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "takedown.md").read_text()


def commands() -> list[list[str]]:
    """The commands of the page, in order, as their arguments."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def test_every_command_runs(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    crawled(folder)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ARCHIVE_")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    said: list[str] = []
    for command in commands():
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        said.append(done.stdout + done.stderr)
        # The sample pages are not read by a real portal's rules, so verify may see other rows; files must be whole.
        assert done.returncode == 0 or command[1] == "verify", (command, said[-1])
        if command[1] == "verify":
            assert not re.search(r"damaged|digest|cdxj|missing-file|dangling", said[-1]), said[-1]
    assert len(said) == len(commands()) == 8
    assert "1 captures, 1 article versions, 1 WARC files" in said[0]
    assert "bai-viet-3161421" in said[2]
    assert "no longer in force" in said[3]
    assert holders(folder.path, "Nà Phiêng") == []
    assert ".p1-" in folder.warc_files()[0].name


def test_the_levels_are_those_there_are() -> None:
    assert tuple(re.findall(r"^\| `(\w+)`", PAGE, re.M)) == LEVELS
