"""Running the project's own commands against replica portals, as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import read_runs
from tests.replica.server import ReplicaServer

ROOT = Path(__file__).resolve().parents[2]
SCRAPY = Path(sys.executable).parent / "scrapy"


@dataclass(frozen=True)
class Finished:
    """A command that has ended: exit code, what it printed, and the last run reports by portal."""

    code: int
    out: str
    err: str
    reports: dict[str, dict[str, Any]]


def scrapy(
    *arguments: str,
    data: Path,
    server: ReplicaServer | None = None,
    connect_to: str = "",
    contact: str = "",
    images: str = "",
    environment: Mapping[str, str] | None = None,
) -> Finished:
    """``scrapy ARGUMENTS`` in the project's folder, without delays, the real host names led to ``server``.

    ``contact`` and ``images`` are the environment's ``ARCHIVE_CONTACT`` and ``ARCHIVE_IMAGES``, ``environment`` what
    else it has.
    """
    ours = {key: value for key, value in os.environ.items() if not key.startswith("ARCHIVE_")}
    ours["ARCHIVE_DIR"] = str(data)
    ours["ARCHIVE_CONNECT_TO"] = connect_to or (server.connect_to if server else "")
    ours |= {name: value for name, value in (("ARCHIVE_CONTACT", contact), ("ARCHIVE_IMAGES", images)) if value}
    ours |= environment or {}
    quick = ("-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=0") if arguments[0] in ("crawl", "harvest") else ()
    done = subprocess.run(
        [SCRAPY, *arguments, *quick],
        cwd=ROOT,
        env=ours,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr, {one["portal"]: one for one in read_runs(data)})
