"""Dates as Vietnamese portals print them and as their pages declare them; all in Vietnam's time, UTC+7."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from archive.model import Precision

VIETNAM = timezone(timedelta(hours=7))
"""Asia/Ho_Chi_Minh: UTC+7, no summer time since 1975."""

_EARLIEST, _LATEST = 1990, 2100
_WEEKDAY = r"(?:(?:Thứ\s*(?:[2-7]|hai|ba|tư|năm|sáu|bảy|bẩy)|Chủ\s*nhật|CN)\s*[,|–-]?\s*(?:ngày\s*)?)"
_DATE = (
    r"(?:(?<![\d/.,-])(?P<d{n}>\d{{1,2}})(?P<s{n}>[/.-])(?P<m{n}>\d{{1,2}})(?P=s{n})(?P<y{n}>(?:19|20)\d{{2}})(?![\d/])"
    r"|(?<!\d)(?P<D{n}>\d{{1,2}})\s+tháng\s+(?P<N{n}>\d{{1,2}})(?:\s*,)?(?:\s+năm\s+|\s*/\s*)(?P<Y{n}>(?:19|20)\d{{2}})(?!\d))"
)
_TIME = (
    r"(?<![\d:.,])(?P<H{n}>\d{{1,2}})(?:[:hg]|\s*giờ\s*)(?P<M{n}>\d{{2}})(?::(?P<S{n}>\d{{2}}))?(?![\d:])(?:\s*phút\b)?"
    r"(?:\s*(?P<half{n}>SA|CH|AM|PM)\b)?"
)
_GAP = r"[\s,|•@–-]*"
_ZONE = r"(?:\s*[\[(]?\s*(?:GMT|UTC)\s*(?P<zone>[+-]\s*\d{1,2})(?::?00)?\s*[\])]?)?"
_TIME_FIRST = _TIME.format(n=1) + _GAP + r"(?:ngày\s*)?" + _WEEKDAY + "?" + _DATE.format(n=1)
_DATE_FIRST = _WEEKDAY + "?" + _DATE.format(n=2) + f"(?:{_GAP}(?:lúc\\s*)?{_TIME.format(n=2)})?"
_PRINTED = re.compile(f"(?:{_TIME_FIRST}|{_DATE_FIRST}){_ZONE}", re.IGNORECASE)
_ISO = re.compile(
    r"(?<!\d)(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"
    r"(?:(?:[T ]|(?P<glued>\+07))(?P<H>\d{2}):(?P<M>\d{2})(?::(?P<S>\d{2}))?(?:[.,]\d+)?\s*"
    r"(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_US = re.compile(
    r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})\s+(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2}))?\s*(?P<half>[AP]M)",
    re.IGNORECASE,
)
_URL_MONTH = re.compile(r"/(?P<y>(?:19|20)\d{2})/?(?P<m>0[1-9]|1[0-2])(?=/)")
_DATELINE = re.compile(
    r"(?:\b(?:sáng|trưa|chiều|tối|đêm|ngày)\b[\s,(]*){1,2}(?:nay[\s,]*\(?)?(?:\bngày\s*)?"
    r"(?P<d>\d{1,2})\s?[./-]\s?(?P<m>\d{1,2})(?:[./-](?P<y>(?:19|20)\d{2}))?(?![\d%/]|[.,]\d)",
    re.IGNORECASE,
)
_DATELINE_WINDOW = 160


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date found in text: the aware moment (UTC+7), how precise it is, and the words it was read from.

    For precision ``day`` and ``month`` the moment is the first of the day or month.
    """

    when: datetime
    precision: Precision
    raw: str


def parse_printed(text: str) -> FoundDate | None:
    """The first date with a year that ``text`` prints ("Thứ 5, 10/06/2021 10:06 (GMT+7)"), with its time if printed.

    The weekday is not checked against the date: where they disagree the numbers are right.
    """
    for match in _PRINTED.finditer(text):
        found = _from_printed(match)
        if found is not None:
            return found
    return None


def _from_printed(match: re.Match[str]) -> FoundDate | None:
    group = match.groupdict()
    n = "1" if group["d1"] or group["D1"] else "2"
    words = "DNY" if group[f"D{n}"] else "dmy"
    zone = int(group["zone"].replace(" ", "")) if group["zone"] else 7
    when = _moment(
        (group[words[2] + n], group[words[1] + n], group[words[0] + n]),
        (group[f"H{n}"], group[f"M{n}"], group[f"S{n}"]),
        group[f"half{n}"],
        timedelta(hours=zone),
    )
    if when is None:
        return None
    return FoundDate(when, "minute" if group[f"H{n}"] else "day", match.group().strip())


def parse_machine(text: str) -> FoundDate | None:
    """The date of a JSON-LD or meta value: ISO forms, NukeViet's ``2023-07-06+0722:37:00``, the US form with AM/PM.

    A value without a zone is local; midnight sharp means that only the day was known.
    """
    text = text.strip()[:64]
    if (us := _US.match(text)) is not None:
        group = us.groupdict()
        when = _moment((group["y"], group["m"], group["d"]), (group["H"], group["M"], group["S"]), group["half"])
        if when is not None:
            return FoundDate(when, "minute", text)
    if (iso := _ISO.search(text)) is None:
        return parse_printed(text)
    group = iso.groupdict()
    when = _moment((group["y"], group["m"], group["d"]), (group["H"], group["M"], group["S"]), None, _offset(group))
    if when is None:
        return None
    midnight = group["H"] == "00" and group["M"] == "00" and group["S"] in (None, "00")
    return FoundDate(when, "minute" if group["H"] and not midnight else "day", text)


def _offset(group: dict[str, str | None]) -> timedelta:
    zone = group["zone"]
    if zone is None or group["H"] is None:
        return timedelta(hours=7)
    if zone == "Z":
        return timedelta()
    sign = -1 if zone[0] == "-" else 1
    return sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[3:].lstrip(":") or 0))


def _moment(
    ymd: tuple[str, str, str],
    hms: tuple[str | None, str | None, str | None] = (None, None, None),
    half: str | None = None,
    offset: timedelta = timedelta(hours=7),
) -> datetime | None:
    """The aware moment, in UTC+7, or ``None`` when no such moment exists or its year is no portal's."""
    hour, minute, second = (int(part or 0) for part in hms)
    if half:
        hour = hour % 12 + (12 if half.upper() in ("PM", "CH") else 0)
    year, month, day = map(int, ymd)
    if not _EARLIEST <= year < _LATEST or abs(offset) >= timedelta(hours=24):
        return None
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset)).astimezone(VIETNAM)
    except ValueError:
        return None


def url_month(url: str) -> FoundDate | None:
    """The month an address carries ("/202102/" or "/2021/02/"), with precision ``month``."""
    match = _URL_MONTH.search(url)
    when = _moment((match["y"], match["m"], "1")) if match else None
    return FoundDate(when, "month", f"{match['y']}{match['m']}") if match and when else None


def parse_dateline(text: str, reference: date) -> FoundDate | None:
    """The day a lead opens with ("Chiều 25.2, …"), its year taken from ``reference``, precision ``day``.

    ``reference`` is a day on or after which the text was printed; the latest such day not after it (a week's
    grace for announcements) is meant.
    """
    for match in _DATELINE.finditer(text[:_DATELINE_WINDOW]):
        years = [match["y"]] if match["y"] else [str(reference.year), str(reference.year - 1)]
        for year in years:
            when = _moment((year, match["m"], match["d"]))
            if when is not None and (match["y"] or when.date() <= reference + timedelta(days=7)):
                return FoundDate(when, "day", match.group().strip())
    return None
