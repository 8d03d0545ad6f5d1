"""What a run is asked to fetch: the arguments of ``scrapy crawl NAME -a …``, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from archive.errors import UsageError

ARGUMENTS = ("since", "until", "sections", "max_articles", "refetch")
VIETNAM = timezone(timedelta(hours=7))
# A window of more days that opens on a fixed day grows with every run, hardly so that it matters.
_LONG = 60
_AGO = re.compile(r"(\d{1,4})d")


@dataclass(frozen=True, slots=True)
class Window:
    """Which articles a run wants: first and last moment (aware, UTC+7, both included), sections, at most how many.

    With ``refetch`` also those that the archive has.
    """

    since: datetime | None = None
    until: datetime | None = None
    sections: tuple[str, ...] = ()
    max_articles: int | None = None
    refetch: bool = False

    @property
    def name(self) -> str:
        """What tells the window from others for whoever notes how far listings were read for it; ``""`` for all."""
        days = (f"{day:%Y-%m-%d}" if day else "" for day in (self.since, self.until))
        return "" if self.since is None and self.until is None else "..".join(days)

    def kind(self, today: date) -> str:
        """What tells the window from others that ask for more or less: the same for ``since=3d`` on every day."""
        said = []
        if self.since is not None:
            days = (today - self.since.date()).days
            said.append(f"since={days}d" if days <= _LONG else "since=long ago")
        if self.until is not None:
            said.append("until")
        if self.sections:
            said.append(f"sections={','.join(sorted(self.sections))}")
        if self.max_articles is not None:
            said.append(f"max_articles={self.max_articles}")
        return " ".join([*said, *(["refetch"] if self.refetch else [])])

    def contains(self, published: datetime | None) -> bool:
        """Whether an article of that time is wanted; one whose time is not known yet is."""
        if published is None:
            return True
        return not (self.is_before(published) or (self.until is not None and published > self.until))

    def is_before(self, published: datetime | None) -> bool:
        """Whether an article is older than wanted."""
        return published is not None and self.since is not None and published < self.since


def parse_window(
    since: str | None = None,
    until: str | None = None,
    sections: str | None = None,
    max_articles: str | int | None = None,
    refetch: str | None = None,
    known_sections: tuple[str, ...] | None = (),
    today: date | None = None,
) -> Window:
    """The window in arguments as typed; raises ``UsageError`` naming the argument, the value and what to write.

    ``since`` and ``until`` are days (``2023-01-01``) or days ago (``3d``) in Vietnam; ``sections`` is a comma-separated
    list of paths of ``known_sections``, with or without slashes, in any case; ``None`` takes any name. ``refetch`` is
    ``yes`` or ``no``.
    """
    today = today or datetime.now(VIETNAM).date()
    first, last = _day("since", since, today), _day("until", until, today)
    if first and last and first > last:
        raise UsageError(f"since={since} lies after until={until}: swap them")
    return Window(
        since=datetime.combine(first, time.min, VIETNAM) if first else None,
        until=datetime.combine(last, time.max, VIETNAM) if last else None,
        sections=_sections(sections, known_sections),
        max_articles=_count(max_articles),
        refetch=_switch("refetch", refetch),
    )


def moment(seconds: float | None) -> datetime | None:
    """The moment ``seconds`` after 1970 UTC."""
    return datetime.fromtimestamp(seconds, VIETNAM) if seconds is not None else None


def _day(name: str, text: str | None, today: date) -> date | None:
    if text is None:
        return None
    ago = _AGO.fullmatch(text.strip())
    if ago:
        return today - timedelta(days=int(ago.group(1)))
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        remedy = f"write {name}=2023-01-31, or {name}=3d for three days ago"
        raise UsageError(f"{name}={text}: not a day; {remedy}") from None


def _sections(text: str | None, known: tuple[str, ...] | None) -> tuple[str, ...]:
    if text is None:
        return ()
    if known is None:
        known = tuple(part.strip().strip("/").lower() for part in text.split(","))
    by_name = {path.strip("/").lower(): path for path in known}
    names = [part.strip().strip("/").lower() for part in text.split(",") if part.strip()]
    unknown = [name for name in names if name not in by_name]
    if unknown or not names:
        listed = ", ".join(sorted(path.strip("/") for path in known)) or "none: leave the argument out"
        raise UsageError(f"sections={text}: {', '.join(unknown) or 'nothing'} is no section here; there are: {listed}")
    return tuple(by_name[name] for name in names)


def _switch(name: str, text: str | None) -> bool:
    if text is None or text.strip().lower() in ("no", "false", "0"):
        return False
    if text.strip().lower() in ("yes", "true", "1"):
        return True
    raise UsageError(f"{name}={text}: write {name}=yes, or leave it out")


def _count(text: str | int | None) -> int | None:
    if text is None:
        return None
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < 1:
        raise UsageError(f"max_articles={text}: not a number above 0; write max_articles=100")
    return count
