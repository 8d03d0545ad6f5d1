"""The page about manners: its settings are those there are, its counters and reasons those that are counted."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from scrapers import settings
from tests.conftest import ROOT, Demo

PAGE = (ROOT / "docs" / "manners.md").read_text()
SOURCE = "".join(
    path.read_text()
    for folder in ("pipelines/capture", "scrapers/middlewares")
    for path in (ROOT / folder).glob("*.py")
)


def test_settings_have_these_defaults() -> None:
    said = dict(re.findall(r"^\| `([A-Z_]+)` \| ([\d.]+) \|", PAGE, re.M))
    assert len(said) == 11
    assert said == {name: str(getattr(settings, name)) for name in said}
    assert set(re.findall(r"`(ARCHIVE_[A-Z_]+)`", PAGE)) - set(said) == {"ARCHIVE_CONNECT_TO"}


def test_reasons_and_counters_are_those_there_are() -> None:
    reasons = re.findall(r"`([a-z ]+)`", PAGE.partition("| reason |")[2].partition("The address that")[0])
    assert len(reasons) == 7
    assert all(f'"{reason}"' in SOURCE or f"guard/{reason}" in SOURCE for reason in reasons)
    counted = set(re.findall(r'_count\("([a-z ]+)"\)', SOURCE)) | {"parked", "run ended", "asked again"}
    named = set(re.findall(r"`(?:robots|hosts)/([a-z ]+)`", PAGE))
    assert named == counted


def test_the_decisions_are_found(demo: Demo, tmp_path: Path) -> None:
    (command,) = re.findall(r"^zcat .*$", PAGE, re.M)
    (tmp_path / "data").symlink_to(demo.data)
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    asked = sum(row["outcome"] == "robots" and row["fetch_status"] == 200 for row in demo.rows("captures"))
    assert done.stdout.splitlines().count("robots-decision: rules") == asked > 0
