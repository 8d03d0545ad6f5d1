"""The benchmarks run to their end, with every contender; what they measure is no test's business."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.long
@pytest.mark.parametrize(
    ("module", "arguments", "said"),
    [
        ("crawl", ["--articles", "12", "--rounds", "2"], "capture / bare, CPU per page"),
        ("years", ["--portals", "2", "--harvests", "2", "4"], "ours           4 harvests of 2 portals"),
        ("harvest", ["--hosts", "2", "--articles", "8", "--seconds", "10"], "ours / inline, CPU per page"),
    ],
)
def test_a_benchmark_has_figures_for_all_contenders(module: str, arguments: list[str], said: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert said in done.stdout
    assert "Traceback" not in done.stderr
