"""``scrapy harvest NAME…``: the cron door. Several portals side by side, one report, one exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError as ScrapyUsageError

from archive.errors import BaotinhError
from scrapers.conclusion import conclude
from scrapers.harvest import UNEXPECTED, USAGE, overall, report_of
from scrapers.notify import announce
from scrapers.preflight import check
from scrapers.progress import HarvestProgress, print_summary
from scrapers.registry import portal_classes

if TYPE_CHECKING:
    import argparse

ALL = "all"


class Command(BaseRunSpiderCommand):
    """Harvest portals."""

    requires_project = True
    # Cron mails whatever is printed: the log goes to a file, troubles and the summary to the terminal.
    default_settings: ClassVar[dict[str, Any]] = {"LOG_LEVEL": "WARNING"}

    def syntax(self) -> str:
        """How the arguments are written."""
        return "[options] NAME… | all | https://address/ …"

    def short_desc(self) -> str:
        """One line of help."""
        return "Crawl several portals side by side; the exit code tells cron how it went"

    def long_desc(self) -> str:
        """The help's text, with the exit codes."""
        return (
            f"{self.short_desc()}. Exit codes: 0 good, 1 unexpected error, 2 usage or configuration, 3 disk, "
            "4 less than expected (an empty section), 5 some portals failed, 6 nothing reachable, 11 interrupted."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check everything, crawl all portals in one process, write their reports, judge."""
        if not args:
            raise ScrapyUsageError
        assert self.settings is not None
        try:
            tasks = check(_targets(args), opts.spargs, self.settings)
        except BaotinhError as error:
            print(error, file=sys.stderr)
            self.exitcode = conclude(self.settings, [], USAGE, str(error))
            return
        announce(self.settings)
        process: Any = self.crawler_process
        crawlers = []
        for cls, arguments in tasks:
            crawler = self._create_crawler(cls)
            process.crawl(crawler, **arguments)
            crawlers.append(crawler)
        progress = HarvestProgress(crawlers)
        with progress:
            process.start()
        reports = [report_of(crawler) for crawler in crawlers if crawler.spider is not None]
        print_summary(reports)
        code = overall(reports) if len(reports) == len(crawlers) else UNEXPECTED
        self.exitcode = conclude(self.settings, reports, code)


def _targets(args: list[str]) -> list[str]:
    if ALL not in args:
        return list(dict.fromkeys(args))
    return sorted(name for name in portal_classes() if name != "generic")
