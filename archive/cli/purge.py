"""``baotinh purge``: take pages down, at three levels."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from archive.access import LEVELS
from archive.cli.console import as_json, console, plain, text
from archive.cli.extractor import load_extractor
from archive.errors import UsageError
from archive.layout import DataFolder
from archive.purge.orders import NothingMatched, Order, Plan, PurgeList, plan, purge, resume, undo
from archive.purge.steps import Job

NOTHING: Final = 4
_SHOWN: Final = 10


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "purge",
        parents=[common],
        help="take pages down: hide, unlist or delete them",
        description="Take down one address, or with * at its end all that begin with it. hide: not shown, replayed or "
        "exported any more; unlist: its CDXJ lines and rows go, too; delete: WARC files are rewritten without it. "
        "It is not crawled again. Exit code 0: done; 2: usage; 3: disk, or a crawl is at work; 4: nothing matched.",
    )
    parser.add_argument("url", metavar="URL|PREFIX*", nargs="?", help="https://host/page, or https://host/folder/*")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why, in one line and without names")
    parser.add_argument("--level", choices=LEVELS, default="hide", help="how far it goes (default: hide)")
    parser.add_argument("--forget-url", action="store_true", help="with delete: keep only a hash of the address")
    parser.add_argument(
        "--with-listings", action="store_true", help="with delete: also captures of listings and feeds that link to it"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_true", help="only say what would go")
    what.add_argument("--undo", action="store_true", help="take back what was hidden or unlisted")
    what.add_argument("--list", action="store_true", help="list the purges in force")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """List, take back, plan or purge."""
    if args.list:
        _list(folder, args.json)
        return 0
    if not args.url:
        raise UsageError("name an address: baotinh purge https://host/page --reason TEXT, or --list.")
    try:
        return _undo(args, folder) if args.undo else _purge(args, folder)
    except NothingMatched as error:
        print(f"baotinh: {plain(error)}", file=sys.stderr)
        return NOTHING


def _purge(args: argparse.Namespace, folder: DataFolder) -> int:
    order = Order(args.url, args.reason, args.level, args.forget_url, args.with_listings)
    order.check()
    extractor = None if args.level == "hide" or args.dry_run else load_extractor()
    before = resume(folder, extractor) if extractor else None
    if before is not None:
        line = f"finished {before.id}, which was interrupted: {before.level} {before.purge.target.name}"
        print(f"baotinh: {plain(line)}", file=sys.stderr)
        if order.is_that_of(before):
            if args.json:
                print(as_json(_said(before)))
            return 0
    found = plan(folder, order)
    if args.dry_run:
        if args.json:
            print(as_json(found.as_dict()))
        else:
            _print_plan(found, console())
        return 0
    if args.level != "hide" and not args.yes:
        _ask(found)
    done = purge(folder, order, extractor)
    if args.json:
        print(as_json({**_said(done), "plan": found.as_dict()}))
    else:
        _print_done(found, done.id, done.counts, console())
    return 0


def _said(job: Job) -> dict[str, Any]:
    return {name: value for name, value in asdict(job).items() if name not in ("moves", "removals", "records", "phase")}


def _ask(found: Plan) -> None:
    """Ask on a terminal; elsewhere ``--yes`` must have been said."""
    if not sys.stdin.isatty():
        raise UsageError(f"--level {found.level} changes files: add --yes, or --dry-run to see what would go.")
    _print_plan(found, console())
    if input(f"Type {found.level} to go on: ").strip() != found.level:
        raise UsageError("nothing was changed.")


def _print_plan(found: Plan, out: Console) -> None:
    out.print(
        text(
            f"{found.level} {found.target.name}: {found.captures} captures, {found.articles} article versions, "
            f"{len(found.files)} WARC files."
        )
    )
    _print_urls("covered", found.urls, out)
    _print_warnings(found, out)


def _print_urls(title: str, urls: list[str], out: Console) -> None:
    for url in urls[:_SHOWN]:
        out.print(text(f"  {title}: {url}"))
    if len(urls) > _SHOWN:
        out.print(f"  … and {len(urls) - _SHOWN} more; --json lists them all.")


def _print_warnings(found: Plan, out: Console) -> None:
    """What a purge of the address alone leaves behind."""
    if found.same_article:
        out.print("The same article is archived at other addresses as well; purge those, too, if it must go:")
        _print_urls("also at", found.same_article, out)
    _print_links(found, out)
    if found.same_bytes:
        out.print("Other addresses gave the same bytes, and keep them:")
        _print_urls("same bytes", found.same_bytes, out)
    for path in found.files:
        if path.is_symlink():
            out.print(text(f"{path.resolve()} lies outside the data folder and is not changed."))
    for path in found.exports:
        out.print(text(f"{path} holds it and is removed; export it again."))


def _print_links(found: Plan, out: Console) -> None:
    """The pages that link to what goes, and print its title and its lead perhaps."""
    urls = sorted({page.url for page in found.listings})
    if urls:
        named = f"{len(found.listings)} captures of listings, feeds and the like link to it"
        out.print(f"{named} and go with it:" if found.records else f"{named}: --with-listings takes them, too.")
        _print_urls("listing", urls, out)
    if found.linked_from:
        out.print("Other pages link to it and stay; look whether they say too much:")
        _print_urls("linked from", found.linked_from, out)


def _print_done(found: Plan, identity: str, counts: dict[str, int], out: Console) -> None:
    said = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    out.print(text(f"{identity}: {found.level} {found.target.name}: {said}.", "green"))
    _print_warnings(found, out)
    if found.level == "hide":
        out.print("Its records are still in the files; --undo shows it again.")


def _undo(args: argparse.Namespace, folder: DataFolder) -> int:
    found = undo(folder, args.url, args.reason)
    if args.json:
        print(as_json([one.as_dict() for one in found]))
        return 0
    for one in found:
        print(f"{one.id}: no longer in force ({one.level} {plain(one.target.name)}).")
    if any(one.level == "unlist" for one in found):
        print("Run `baotinh rebuild` to bring its rows and CDXJ lines back.")
    return 0


def _list(folder: DataFolder, as_lines: bool) -> None:
    purges = PurgeList.load(folder).purges
    if as_lines:
        print(as_json([one.as_dict() for one in purges]))
        return
    if not purges:
        print("Nothing was taken down.")
        return
    table = Table("when", "level", "address", "why", "who", "records")
    for one in purges:
        name = f"{one.target.name[:70]}{'*' if one.target.prefix and one.target.url is None else ''}"
        count = one.counts.get("records", one.counts.get("captures", 0))
        state = one.level if one.done else f"{one.level} (unfinished)"
        table.add_row(one.at[:10], state, text(name), text(one.reason), text(one.who), str(count))
    console().print(table)
