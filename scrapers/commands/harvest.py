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
from archive.memory import give_back_large_blocks
from scrapers.conclusion import conclude
from scrapers.harvest import CODES, LOCKED, STORAGE, UNEXPECTED, USAGE, overall, report_of
from scrapers.notify import announce
from scrapers.outlook import print_outlook
from scrapers.preflight import Task, check
from scrapers.progress import HarvestProgress, print_summary
from scrapers.registry import portal_classes
from scrapers.shards import parse_shard
from scrapers.stopping import Stopper, parse_minutes

if TYPE_CHECKING:
    import argparse

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
            code = STORAGE if isinstance(error, StorageError) else USAGE
            self.exitcode = conclude(self.settings, [], code, str(error))

    def _harvest(self, tasks: list[Task], minutes: float | None) -> int:
        assert self.settings is not None
        announce(self.settings)
        # It costs a tenth of a millisecond a page, which is little for a hundred megabytes when portals are many.
        give_back_large_blocks()
        process: Any = self.crawler_process
        crawlers = []
        for cls, arguments in tasks:
            crawler = self._create_crawler(cls)
            process.crawl(crawler, **arguments)
            crawlers.append(crawler)
        with HarvestProgress(crawlers), Stopper(crawlers, minutes):
            process.start()
        reports = [report_of(crawler) for crawler in crawlers if crawler.spider is not None]
        print_summary(reports)
        code = overall(reports) if len(reports) == len(crawlers) else UNEXPECTED
        return conclude(self.settings, reports, code)


def _targets(args: list[str]) -> list[str]:
    if ALL not in args:
        return list(dict.fromkeys(args))
    return sorted(name for name in portal_classes() if name != "generic")
