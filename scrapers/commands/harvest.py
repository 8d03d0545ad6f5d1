"""``scrapy harvest NAME…``: the cron door. Several portals side by side, one report, one exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError as ScrapyUsageError

from archive.claims import Busy, exclusive
from archive.errors import BaotinhError, StorageError
from archive.layout import DataFolder
from archive.runs import append_report
from pipelines.run import run_of
from scrapers.harvest import CODES, LOCKED, STORAGE, UNEXPECTED, USAGE, overall, report_of
from scrapers.outlook import print_outlook
from scrapers.preflight import Task, check
from scrapers.progress import HarvestProgress, print_summary
from scrapers.registry import portal_classes
from scrapers.shards import parse_shard
from scrapers.stopping import Stopper, parse_minutes

if TYPE_CHECKING:
    import argparse

    from archive.runs import RunReport

ALL = "all"


class Command(BaseRunSpiderCommand):
    """Harvest portals."""

    requires_project = True
    # Cron mails whatever is printed: the log goes to a file, troubles and the summary to the terminal.
    default_settings: ClassVar[dict[str, Any]] = {"LOG_LEVEL": "WARNING", "ARCHIVE_RHYTHM": True}

    def syntax(self) -> str:
        """How the arguments are written."""
        return "[options] NAME… | all | https://address/ …"

    def short_desc(self) -> str:
        """One line of help."""
        return "Crawl several portals side by side; the exit code tells cron how it went"

    def long_desc(self) -> str:
        """The help's text, with the exit codes."""
        codes = ", ".join(f"{code} {meaning}" for code, meaning in CODES.items())
        return f"{self.short_desc()}. Exit codes: {codes}."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of a harvest to Scrapy's own."""
        super().add_options(parser)
        group = parser.add_argument_group(title="Harvest")
        group.add_argument("--minutes", metavar="N", help="stop after N minutes; the next harvest goes on")
        group.add_argument("--shard", metavar="I/N", help="of N machines this is the I-th: crawl its hosts only")
        group.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check everything, crawl all portals in one process, write their reports, judge."""
        if not args:
            raise ScrapyUsageError
        assert self.settings is not None
        folder = DataFolder(Path(self.settings["ARCHIVE_DIR"]))
        try:
            shard, minutes = parse_shard(opts.shard), parse_minutes(opts.minutes)
            tasks = shard.of(check(_targets(args), opts.spargs, self.settings))
            if opts.dry_run:
                print_outlook(folder, tasks)
                self.exitcode = 0
                return
            with exclusive(folder, f"harvest{shard.suffix}"):
                self.exitcode = self._harvest(tasks, minutes)
        except Busy as error:
            print(f"{error}; this one does nothing.", file=sys.stderr)
            self.exitcode = LOCKED
        except BaotinhError as error:
            print(error, file=sys.stderr)
            self.exitcode = STORAGE if isinstance(error, StorageError) else USAGE

    def _harvest(self, tasks: list[Task], minutes: float | None) -> int:
        process: Any = self.crawler_process
        crawlers = []
        for cls, arguments in tasks:
            crawler = self._create_crawler(cls)
            process.crawl(crawler, **arguments)
            crawlers.append(crawler)
        with HarvestProgress(crawlers), Stopper(crawlers, minutes):
            process.start()
        return self._finish(crawlers)

    def _finish(self, crawlers: list[Any]) -> int:
        begun = [crawler for crawler in crawlers if crawler.spider is not None]
        reports: list[RunReport] = [report_of(crawler) for crawler in begun]
        for crawler, report in zip(begun, reports, strict=True):
            try:
                append_report(run_of(crawler).folder, report)
            except BaotinhError as error:
                report.problems.append(str(error))
                report.exit_code = STORAGE
        print_summary(reports)
        return overall(reports) if len(reports) == len(crawlers) else UNEXPECTED


def _targets(args: list[str]) -> list[str]:
    if ALL not in args:
        return list(dict.fromkeys(args))
    return sorted(name for name in portal_classes() if name != "generic")
