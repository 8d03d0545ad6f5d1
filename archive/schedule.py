"""When an address is asked for again: articles while they are young, failures with growing patience."""

from __future__ import annotations

from typing import Final

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
STEPS: Final = (HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY)
"""Ages, in seconds, at which an article is looked at again: most edits come soon."""
RELISTED: Final = DAY / 2
"""An article that was gone and is listed again is asked for after this many seconds."""
_FIRST_PATIENCE: Final = HOUR / 4
_MOST_PATIENCE: Final = 7 * DAY
# Half a minute of a clock's drift must not cost a visit.
_SLACK: Final = 30.0


def next_visit(born: float, fetched: float) -> float | None:
    """When an article born at ``born`` and fetched at ``fetched`` is due again; ``None`` once it is old.

    Times are seconds since 1970 UTC; ``born`` is the publication, or the first fetch where nobody knows it.
    """
    born = min(born, fetched)
    return next((born + step for step in STEPS if born + step > fetched + _SLACK), None)


def next_try(fetched: float, failures: int) -> float:
    """When an address that failed ``failures`` times on end, last at ``fetched``, is tried again."""
    return fetched + min(_FIRST_PATIENCE * 2.0 ** min(failures - 1, 20), _MOST_PATIENCE)
