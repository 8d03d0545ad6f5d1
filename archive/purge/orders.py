"""``purge``: taking pages down, from readers, from tables and indexes, or out of the WARC files.

``hide`` keeps them from replay, ``show``, ``query`` and exports; ``unlist`` takes their CDXJ lines and rows away, too;
``delete`` rewrites the WARC files without them. An address that was taken down is not crawled again.
"""

from __future__ import annotations

import getpass
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.access import Level, Purge, PurgeList, Target, log_undo, write_access
from archive.claims import door
from archive.errors import UsageError
from archive.layout import DataFolder
from archive.model import Extractor
from archive.purge.links import find_links
from archive.purge.plan import NothingMatched, Plan, make_plan, refuse_running
from archive.purge.steps import Job, carry_out, hide, now, resume
from archive.recovery import recover

__all__ = [
    "NothingMatched",
    "Order",
    "Plan",
    "Purge",
    "PurgeList",
    "plan",
    "purge",
    "resume",
    "undo",
]


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants taken down: an address, or with ``*`` at the end all that begin with it, and why.

    ``forget`` keeps only the hash of the address, for reasons of personal data; records must be deleted then.
    ``with_listings`` deletes captures of listings, feeds and the like that link to it as well.
    """

    url: str
    reason: str
    level: Level = "hide"
    forget: bool = False
    with_listings: bool = False

    def check(self) -> Target:
        """The target; raises ``UsageError`` for an address, a reason or a choice that cannot be."""
        if not self.reason.strip():
            raise UsageError("--reason is empty: say in a few words why, without names.")
        if "\n" in self.reason or "\r" in self.reason:
            raise UsageError("--reason must be one line.")
        if self.forget and self.level != "delete":
            raise UsageError("--forget-url needs --level delete: what is only hidden must be known by its address.")
        if self.with_listings and self.level != "delete":
            raise UsageError("--with-listings needs --level delete: captures of a listing can be deleted, not hidden.")
        return Target.of(self.url)

    def is_that_of(self, job: Job) -> bool:
        """Whether ``job`` was begun to carry out this order."""
        same = (job.url, job.level, job.forget) == (self.url, self.level, self.forget)
        return same and (job.with_listings or not self.with_listings)


def plan(folder: DataFolder, order: Order) -> Plan:
    """What ``order`` would take; raises ``NothingMatched``, ``UsageError`` or ``StorageError``.

    Before records are deleted, every file is read for pages that link to them.
    """
    return _plan(folder, order, order.level == "delete")


def _plan(folder: DataFolder, order: Order, look_for_links: bool) -> Plan:
    target = order.check()
    links = find_links(folder, target) if look_for_links else []
    records = [page.record_id for page in links if page.listing and order.with_listings]
    found = make_plan(folder, target, order.level, records)
    found.links = links
    return found.check(folder.path)


def purge(folder: DataFolder, order: Order, extractor: Extractor | None = None) -> Job:
    """Carry out ``order``; ``extractor`` is needed for all but ``hide``.

    A purge that was interrupted is finished first; if it was this one, that is all. Killed at any point, the next
    start of a crawl or the next purge finishes it. Raises ``NothingMatched``, ``UsageError``, and ``StorageError``
    when the disk refuses or a crawl of the portal is at work.
    """
    order.check()
    before = resume(folder, extractor) if extractor is not None else None
    if before is not None and order.is_that_of(before):
        return before
    if order.level == "hide":
        job = _job(order, _plan(folder, order, look_for_links=False))
        hide(folder, job)
        return job
    if extractor is None:
        raise UsageError(f"level {order.level}: pages must be read again, and no extractor was given.")
    with door(folder):
        recover(folder, extractor)
        found = _plan(folder, order, order.with_listings)
        refuse_running(folder, found, extractor)
        return carry_out(folder, extractor, _job(order, found))


def _job(order: Order, found: Plan) -> Job:
    identity = f"purge-{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(3)}"
    counts = {"captures": found.captures, "articles": found.articles, "files": len(found.files)}
    counts |= {"listings": len(found.records)} if order.with_listings else {}
    said = (order.url, order.level, order.reason.strip(), _operator(), now(), order.forget, order.with_listings)
    return Job(identity, *said, found.records, counts=counts)


def undo(folder: DataFolder, url: str, reason: str) -> list[Purge]:
    """Take all purges of ``url`` out of force and give them; ``NothingMatched`` or, after a delete, ``UsageError``.

    Rows and CDXJ lines of unlisted pages come back with the next rebuild.
    """
    found = PurgeList.load(folder).of(Target.of(url))
    if not found:
        raise NothingMatched(f"{url}: no purge of exactly this address is in force; `baotinh purge --list` shows all.")
    if any(one.level == "delete" for one in found):
        raise UsageError(f"{url}: its records were deleted, which cannot be undone.")
    for one in found:
        log_undo(folder, one.id, now(), _operator(), reason)
    write_access(folder)
    return found


def _operator() -> str:
    """Who is at the keyboard; a number where the system knows no name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
