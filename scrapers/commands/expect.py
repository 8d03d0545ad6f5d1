"""``scrapy expect NAME``: keep pages of a portal, and the article on each, as what the tests expect from now on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError as ScrapyUsageError

from archive.errors import BaotinhError
from archive.find import archived_response
from archive.layout import DataFolder
from pipelines.page import Page
from scrapers.expectations import EXPECTED, StoredPage, file_name, page_in, rules_reader, write_expectation
from scrapers.harvest import USAGE

if TYPE_CHECKING:
    import argparse

    from archive.model import Article

FOLDER = Path("tests") / "portals"


class Command(ScrapyCommand):
    """Write the expectation of a portal."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How the arguments are written."""
        return "NAME [FILE… | --from-archive URL…]"

    def short_desc(self) -> str:
        """One line of help."""
        return f"Keep pages of a portal and the articles on them in {FOLDER}/NAME, for the tests"

    def long_desc(self) -> str:
        """The help's text."""
        return (
            f"{self.short_desc()}. Without pages, those that are there are read again: after a change of the rules "
            "`git diff` then shows what it changed. A page without title, date or text, of another site, or that is no "
            "article is refused with exit code 2, and nothing is written."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--from-archive``."""
        super().add_options(parser)
        parser.add_argument("--from-archive", nargs="+", metavar="URL", default=[], help="pages of the data folder")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Collect the pages, check them all, write them and what they hold."""
        if not args:
            raise ScrapyUsageError
        portal, *files = args
        settings: Any = self.settings
        data = DataFolder(Path(settings["ARCHIVE_DIR"]))
        try:
            rules_reader(portal)
            pages = [page_in(Path(name)) for name in files] + [_archived(data, url) for url in opts.from_archive]
            read = write_expectation(FOLDER / portal, portal, pages)
        except BaotinhError as error:
            print(error, file=sys.stderr)
            self.exitcode = USAGE
            return
        for stored, article in read:
            print(_line(stored, article))
        print(f"{FOLDER / portal / EXPECTED}: {len(read)} pages. Compare it with the pages: the tests will hold to it.")


def _archived(data: DataFolder, url: str) -> StoredPage:
    row, block = archived_response(data, url)
    page = Page.from_response(row["url"], block, row["fetch_time"])
    if page is None:
        raise BaotinhError(f"{url}: its record holds no HTTP response")
    return StoredPage(file_name(page.url), page)


def _line(stored: StoredPage, article: Article) -> str:
    signed = ", ".join(article.authors) or "unsigned"
    return f"{stored.file}\n  {article.published_at:%Y-%m-%d %H:%M} · {signed} · {article.section} · {article.title}"
