"""The page about harvests: its commands run, its settings are those there are, its query answers."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from archive.cli import main
from scrapers import settings
from tests.acceptance.crawling import scrapy
from tests.conftest import ROOT
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site

PAGE = (ROOT / "docs" / "harvest.md").read_text()


def test_settings_have_these_defaults() -> None:
    said = dict(re.findall(r"^\| `([A-Z_]+)` \| ([\w.]+) \|", PAGE, re.M))
    assert len(said) == 3
    assert said == {name: str(getattr(settings, name)) for name in said}


def test_the_commands_and_the_query_run(tmp_path: Path) -> None:
    commands = [line for block in re.findall(r"```bash\n(.*?)```", PAGE, re.S) for line in block.splitlines()]
    assert len(commands) == 3
    with ReplicaServer([build_site("baocaobang", count=60)]) as server:
        for command in commands:
            program, *arguments = shlex.split(command)
            assert program == "scrapy"
            done = scrapy(*arguments, data=tmp_path, server=server)
            assert done.code == 0, done.err
            if "--dry-run" in arguments:
                line = next(line for line in done.out.splitlines() if line.strip().startswith("baocaobang"))
                assert line.split()[3] == "60"
    (query,) = re.findall(r"```sql\n(.*?)```", PAGE, re.S)
    assert main(["--data", str(tmp_path), "query", query]) == 0
