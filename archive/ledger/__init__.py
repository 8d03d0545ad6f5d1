"""The URL ledger of a portal: which addresses were found, when each was fetched, what came, when it is due again.

It says nothing that the archive does not: captures are noted after they are on the disk, and what a ledger misses of
them (it was deleted, its run was killed, an import came) is read from the tables when it is opened. Its own are only
the addresses that were found and not fetched yet, how far listings have been read, and how often they are read.
"""

from __future__ import annotations

from archive.ledger.database import Checkpoint, Ledger
from archive.ledger.entry import GONE, Entry
from archive.ledger.files import discard, ledger_path
from archive.ledger.queries import Arrival, Outlook, arrivals, count_unfetched, outlook
from archive.ledger.upkeep import forget_addresses, renew_ledgers

__all__ = [
    "GONE",
    "Arrival",
    "Checkpoint",
    "Entry",
    "Ledger",
    "Outlook",
    "arrivals",
    "count_unfetched",
    "discard",
    "forget_addresses",
    "ledger_path",
    "outlook",
    "renew_ledgers",
]
