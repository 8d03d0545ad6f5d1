"""What is known of one address, and what a capture of it changes."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin

from archive.gone import shows_gone
from archive.schedule import next_try, next_visit

Row = dict[str, Any]
Validators = tuple[str | None, str | None]

GONE: Final = "gone"
# Outcomes of an article's address that no later visit can change: what it leads to has its own entry.
_SETTLED: Final = frozenset({"redirect", "not_article"})


class Entry(NamedTuple):
    """What the ledger says of an address; times are seconds since 1970 UTC, ``None`` what it does not know.

    ``article`` is the spider's key of the article that the address has the form of, ``leads_to`` where a redirect
    goes. ``checked`` is the last time that the whole answer came, and not only a 304.
    """

    url: str
    article: str | None
    source: str | None
    first_seen: float
    first_fetched: float | None = None
    last_fetched: float | None = None
    status: int | None = None
    outcome: str | None = None
    leads_to: str | None = None
    digest: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    validators_lie: int = 0
    checked: float | None = None
    published: float | None = None
    next_due: float | None = None
    failures: int = 0

    @property
    def is_gone(self) -> bool:
        """Whether the last fetch showed that nothing is there."""
        return self.outcome == GONE


def after(entry: Entry, capture: Row, moment: float, validators: Validators) -> Entry:
    """What is known once the captures row ``capture`` came at ``moment``, with ``validators`` (ETag, Last-Modified)."""
    again = entry.last_fetched == moment
    entry = entry._replace(last_fetched=moment, first_fetched=entry.first_fetched or moment)
    gone = shows_gone(capture)
    if capture["outcome"] == "error" and not gone:
        failures = entry.failures + (not again)
        return entry._replace(
            status=capture["fetch_status"], outcome="error", failures=failures, next_due=next_try(moment, failures)
        )
    due = next_visit(entry.published or entry.first_fetched or moment, moment) if entry.article else None
    if capture["fetch_status"] == 304:
        return entry._replace(failures=0, next_due=due)
    outcome, digest = GONE if gone else capture["outcome"], capture["content_digest"]
    same = entry.etag is not None and entry.etag == validators[0] and entry.status == capture["fetch_status"] == 200
    return entry._replace(
        status=capture["fetch_status"],
        outcome=outcome,
        leads_to=_target(entry.url, capture["fetch_redirect"]),
        digest=digest,
        etag=validators[0] or (entry.etag if again else None),
        last_modified=validators[1] or (entry.last_modified if again else None),
        validators_lie=int(entry.validators_lie or (same and digest != entry.digest)),
        checked=moment,
        next_due=None if outcome in _SETTLED else due,
        failures=0,
    )


def _target(url: str, location: str | None) -> str | None:
    with suppress(ValueError):
        return urljoin(url, location) if location else None
    return None


def dated(entry: Entry, published: datetime) -> Entry:
    """What is known once the article at ``entry`` is known to be of ``published``."""
    due = entry.next_due
    if entry.outcome == "article" and entry.last_fetched is not None:
        due = next_visit(published.timestamp(), entry.last_fetched)
    return entry._replace(published=published.timestamp(), next_due=due)
