"""What somebody at a terminal sees of a harvest under way."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

from tests.acceptance.crawling import ROOT, SCRAPY
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site


def _shown(data: Path, server: ReplicaServer) -> str:
    """What a harvest writes to a terminal of 140 columns."""
    ours, theirs = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ARCHIVE_")}
    environment |= {
        "ARCHIVE_DIR": str(data),
        "ARCHIVE_CONNECT_TO": server.connect_to,
        "COLUMNS": "140",
        "TERM": "xterm",
    }
    command = [str(SCRAPY), "harvest", "hdnd_caobang", "-s", "DOWNLOAD_DELAY=0"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # The other end is closed: Linux says so with EIO.
                break
            if not part:
                break
            shown += part
    os.close(ours)
    assert process.returncode == 0, shown
    return shown.decode()


def test_a_line_a_portal_with_what_waits_and_how_long_that_takes(tmp_path: Path) -> None:
    site = build_site("hdnd_caobang", count=12)
    site.delay = 0.15
    with ReplicaServer([site]) as server:
        shown = _shown(tmp_path, server)
    assert "waiting" in shown
    assert "at least" in shown
    lines = re.findall(r"⋯ hdnd_caobang +(\d+) +\d+ +\d+/12 .* (\d+) +(\d:\d\d:\d\d)", shown)
    assert lines, shown
    assert any(int(waiting) > 0 for _, waiting, _ in lines)
