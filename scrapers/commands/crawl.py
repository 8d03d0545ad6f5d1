"""``scrapy crawl NAME``: Scrapy's own, with arguments checked first and an honest exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands.crawl import Command as ScrapyCrawl

from archive.errors import BaotinhError
from scrapers.harvest import report_of
from scrapers.preflight import check
from scrapers.progress import images_line

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCrawl):
    """Crawl one portal."""

    default_settings: ClassVar[dict[str, Any]] = {"LOG_LEVEL": "INFO"}

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the arguments, crawl, say what its report says."""
        if len(args) != 1:
            super().run(args, opts)
            return
        try:
            check(args, opts.spargs, self.settings)
        except BaotinhError as error:
            print(error, file=sys.stderr)
            self.exitcode = 2
            return
        process: Any = self.crawler_process
        crawler = self._create_crawler(args[0])
        process.crawl(crawler, **opts.spargs)
        process.start()
        if crawler.spider is None:
            self.exitcode = 1
            return
        report = report_of(crawler)
        images = images_line(report)
        if images:
            print(images)
        for problem in report.problems:
            print(f"{report.portal}: {problem}", file=sys.stderr)
        self.exitcode = report.exit_code
