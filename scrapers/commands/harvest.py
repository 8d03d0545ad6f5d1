"""``scrapy harvest NAME…``: the cron door. Several portals side by side, one report, one exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError as ScrapyUsageError

from archive.errors import BaotinhError
from archive.runs import append_report
from pipelines.run import run_of
from scrapers.harvest import UNEXPECTED, USAGE, overall, report_of
from scrapers.preflight import check
from scrapers.progress import HarvestProgress, print_summary
from scrapers.registry import portal_classes

if TYPE_CHECKING:
    import argparse

    from archive.runs import RunReport

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
        try:
            tasks = check(_targets(args), opts.spargs, self.settings)
        except BaotinhError as error:
            print(error, file=sys.stderr)
            self.exitcode = USAGE
            return
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
        self.exitcode = self._finish(crawlers, reports)

    def _finish(self, crawlers: list[Any], reports: list[RunReport]) -> int:
        for crawler, report in zip((c for c in crawlers if c.spider is not None), reports, strict=True):
            try:
                append_report(run_of(crawler).folder, report)
            except BaotinhError as error:
                report.problems.append(str(error))
                report.exit_code = 3
        print_summary(reports)
        return overall(reports) if len(reports) == len(crawlers) else UNEXPECTED


def _targets(args: list[str]) -> list[str]:
    if ALL not in args:
        return list(dict.fromkeys(args))
    return sorted(name for name in portal_classes() if name != "generic")
