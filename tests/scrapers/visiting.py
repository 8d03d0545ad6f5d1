"""Visiting a list of addresses with the project's own settings, in a process of its own: what became of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

_VISIT = """
import json, sys
from scrapy.crawler import CrawlerProcess
from scrapy.http import Request
from scrapy.utils.project import get_project_settings
from scrapers.cms.nukeviet import NukeViet

said = json.loads(sys.argv[1])
came = {}

class Visitor(NukeViet):
    name, domain, desk, scheme = "visitor", said["home"].partition("://")[2], "visitor", said["home"].partition("://")[0]
    async def start(self):
        for number, url in enumerate(said["urls"]):
            yield Request(url, self.came, errback=self.stayed, priority=-number, meta={"via": "test", "first": url},
                dont_filter=True)
    def came(self, response):
        came[response.meta["first"]] = response.status
    def stayed(self, failure):
        response = getattr(failure.value, "response", None)
        refused = failure.request.meta.get("refused", failure.type.__name__)
        came[failure.request.meta["first"]] = response.status if response is not None else refused

settings = get_project_settings()
settings.setdict({"RETRY_TIMES": 0, "DOWNLOAD_TIMEOUT": 5, **said["settings"]}, 40)
exec(said["before"])
process = CrawlerProcess(settings)
crawlers = [process.create_crawler(Visitor) for _ in range(said["runs"])]
for crawler in crawlers:
    process.crawl(crawler)
process.start()
stats = [{key: value for key, value in crawler.stats.get_stats().items() if isinstance(value, (int, float, str))}
    for crawler in crawlers]
print(json.dumps({"came": came, "stats": stats}))
"""


@dataclass(frozen=True)
class Visit:
    """What became of each address, its status or why it was not asked for; the counters of each run; the log."""

    came: dict[str, int | str]
    stats: list[dict[str, Any]]
    log: str

    def counted(self, prefix: str) -> dict[str, Any]:
        """The counters of the only run that begin with ``prefix``, without it."""
        (stats,) = self.stats
        return {key.removeprefix(prefix): value for key, value in stats.items() if key.startswith(prefix)}


def visit(
    urls: Sequence[str],
    data: Path,
    home: str = "http://cong.example.vn",
    connect_to: str = "",
    settings: Mapping[str, Any] | None = None,
    runs: int = 1,
    before: str = "",
) -> Visit:
    """Ask for ``urls`` in ``runs`` crawls of the portal ``home`` side by side; ``before`` is run there first."""
    said = {"urls": list(urls), "home": home, "settings": dict(settings or {}), "runs": runs, "before": before}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ARCHIVE_")}
    environment = {**kept, "ARCHIVE_DIR": str(data), "ARCHIVE_CONNECT_TO": connect_to, "ARCHIVE_CONTACT": "a@b.example"}
    done = subprocess.run(
        [sys.executable, "-c", _VISIT, json.dumps(said)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return Visit(**json.loads(done.stdout.splitlines()[-1]), log=done.stderr)
