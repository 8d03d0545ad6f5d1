"""What a harvest would do, by what the ledgers say: ``scrapy harvest --dry-run``."""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table

from archive.layout import DataFolder
from archive.ledger import Outlook, outlook
from scrapers.preflight import Task


def print_outlook(folder: DataFolder, tasks: list[Task]) -> None:
    """Print a line for each portal of ``tasks``; nothing is sent and nothing is written."""
    table = Table("portal", "host", "sources", "known", "left over", "due again", "under way", box=None)
    for cls, arguments in tasks:
        spider = cls(**arguments)
        found = outlook(folder, spider.portal, time.time()) or Outlook(0, 0, 0, 0)
        cells = (found.held, found.unfetched, found.due, found.under_way)
        table.add_row(spider.portal, spider.domain, str(len(spider.sources)), *(f"{cell:,}" for cell in cells))
    Console().print(table)
