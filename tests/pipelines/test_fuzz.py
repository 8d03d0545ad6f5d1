"""The extractor under a fuzzer that is guided by coverage, for a bounded time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.pipelines.pages import RULES, replica_page
from tests.replica.sites import build_site

SECONDS = 90
OLD = "<h1>Chợ phiên</h1><p>12/03/2004 09:30</p><p>Céng hßa x· héi chñ nghÜa ViÖt Nam, ®éc lËp, tù do, h¹nh phóc.</p>"


@pytest.mark.long
def test_nothing_leaves_the_extractor(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this machine; it is in the dev extra for Linux")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, name in enumerate(sorted(RULES)):
        site = build_site(name, 2, 7)
        body = replica_page(site, next(iter(site.articles()))).body
        (corpus / name).write_bytes(bytes([4 * number]) + body)
    (corpus / "old").write_bytes(b"\x00" + OLD.encode())
    # The modules are instrumented as they are imported, so the fuzzer has a process of its own.
    arguments = [f"-max_total_time={SECONDS}", "-max_len=65536", "-timeout=20", "-rss_limit_mb=2048", "-verbosity=0"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipelines.fuzz", *arguments, f"-artifact_prefix={tmp_path}/", str(corpus)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=SECONDS + 120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
