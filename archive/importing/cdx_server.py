"""What a CDX server lists: the protocol that the Wayback Machine, Common Crawl and pywb share, and where it differs.

Listings: JSON arrays with a heading (Wayback Machine), JSON lines (Common Crawl, pywb), or plain lines in eleven,
seven or CDXJ fields. Paging: ``showNumPages`` and ``page``, or ``showResumeKey`` and ``resumeKey``
(https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from archive.errors import UsageError
from archive.importing.http import Answer, Client, ServerError

_STAMP = re.compile(r"\d{14}")
_PLAIN = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_LINES_A_PAGE = 5000
_MAX_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A capture that a CDX server lists; ``status`` is ``None`` where it says ``-``, as for revisits.

    ``place`` is file name, offset and length of its WARC record where the server tells.
    """

    url: str
    stamp: str
    status: int | None
    digest: str | None
    place: tuple[str, int, int] | None

    @property
    def moment(self) -> datetime:
        """The time of the capture, to the second, UTC; raises ``ValueError`` for a stamp that is no time."""
        return datetime.strptime(self.stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CdxServer:
    """The server at ``endpoint``.

    ``replay`` is the address before ``<time>id_/<url>``, where captures are replayed as they were; ``warcs`` the
    address before a file name, where WARC files can be read in ranges. One of them is set.
    """

    endpoint: str
    replay: str | None = None
    warcs: str | None = None

    @classmethod
    def at(cls, endpoint: str, replay: str | None = None, warcs: str | None = None) -> CdxServer:
        """The server at ``endpoint``; where its captures are read follows from its address unless it is named.

        ``…/cdx/search/cdx`` is a Wayback Machine (``…/web/``), ``…/<collection>/cdx`` pywb (``…/<collection>/``),
        ``…-index`` Common Crawl (``https://data.commoncrawl.org/``). Raises ``UsageError`` for any other.
        """
        if replay or warcs:
            return cls(endpoint, _slashed(replay), _slashed(warcs))
        base = endpoint.partition("?")[0].rstrip("/")
        if base.endswith("/cdx/search/cdx"):
            return cls(endpoint, replay=base.removesuffix("cdx/search/cdx") + "web/")
        if base.endswith("/cdx"):
            return cls(endpoint, replay=base.removesuffix("cdx"))
        if base.endswith("-index") and urlsplit(base).hostname == "index.commoncrawl.org":
            return cls(endpoint, warcs="https://data.commoncrawl.org/")
        raise UsageError(
            f"{endpoint}: where are its captures? Name the address before <time>id_/<url> with --replay, "
            "or the address before the WARC file names with --warcs."
        )

    def captures(self, client: Client, url: str, since: date | None, until: date | None) -> Iterator[Listed]:
        """All captures of the host of ``url`` from ``since`` to ``until``, both days included, in the server's order.

        Raises ``ServerError`` when the answer is no listing.
        """
        query = {"url": url, "matchType": "host", "output": "json"}
        query |= {"from": f"{since:%Y%m%d}"} if since else {}
        query |= {"to": f"{until:%Y%m%d}"} if until else {}
        answer = self._ask(client, query | {"showNumPages": "true"})
        pages = _page_count(answer.body) if answer.status == 200 else None
        if pages is not None:
            for number in range(min(pages, _MAX_PAGES)):
                yield from self._listing(client, query | {"page": str(number)})[0]
            return
        listed = parse_listing(answer.body) if answer.status == 200 else None
        if listed is not None and listed[0] and not listed[1]:
            # The server took no notice of the question, and has listed everything.
            yield from listed[0]
            return
        yield from self._resumed(client, query | {"showResumeKey": "true", "limit": str(_LINES_A_PAGE)})

    def _resumed(self, client: Client, query: dict[str, str]) -> Iterator[Listed]:
        seen: set[str] = set()
        key: str | None = None
        while key not in seen:
            seen |= {key} if key else set()
            lines, key = self._listing(client, query | ({"resumeKey": key} if key else {}))
            yield from lines
            if key is None:
                return

    def _listing(self, client: Client, query: dict[str, str]) -> tuple[list[Listed], str | None]:
        answer = self._ask(client, query)
        if answer.status == 404:
            # Common Crawl's way to say that there is nothing.
            return [], None
        if answer.status != 200:
            raise ServerError(f"{answer.url}: it answered {answer.status} {answer.reason}: {answer.body[:200]!r}")
        listed = parse_listing(answer.body)
        if listed is None:
            raise ServerError(f"{answer.url}: the answer is no CDX listing: {answer.body[:200]!r}")
        return listed

    def _ask(self, client: Client, query: dict[str, str]) -> Answer:
        joint = "&" if "?" in self.endpoint else "?"
        return client.get(f"{self.endpoint}{joint}{urlencode(query)}")


def _slashed(address: str | None) -> str | None:
    return address if address is None or address.endswith(("/", "=")) else address + "/"


def _page_count(body: bytes) -> int | None:
    """The number of pages in an answer to ``showNumPages``, in any of its three forms; ``None`` if it is none."""
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict):
        value = value.get("pages")
    elif isinstance(value, list) and value and value[0] == ["numpages"]:
        value = int(value[1][0])
    return value if isinstance(value, int) else None


def parse_listing(body: bytes) -> tuple[list[Listed], str | None] | None:
    """The captures in a listing and the key to go on with; ``None`` when it is no listing.

    Single lines that nobody can read are passed over.
    """
    text = body.decode("utf-8", "replace").strip("\n")
    if text.startswith("["):
        return _from_arrays(text)
    listed: list[Listed] = []
    key, after_blank, unread = None, False, 0
    for line in text.splitlines():
        if not line.strip():
            after_blank = True
        elif after_blank:
            key = line.strip()
        else:
            one = _listed(_fields(line))
            unread += one is None
            listed += [one] if one else []
    return None if unread and not listed else (listed, key)


def _from_arrays(text: str) -> tuple[list[Listed], str | None] | None:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not rows:
        return [], None
    key = None
    if len(rows) > 1 and rows[-2] == [] and len(rows[-1]) == 1:
        key = str(rows[-1][0])
        rows = rows[:-2]
    names = [str(name) for name in rows[0]]
    found = (_listed(dict(zip(names, row, strict=False))) for row in rows[1:] if isinstance(row, list))
    return [one for one in found if one], key


def _fields(line: str) -> dict[str, Any]:
    """The fields of a line: a JSON object, a CDXJ line, or fields between blanks."""
    start = line.find("{")
    if start >= 0:
        try:
            said = json.loads(line[start:])
        except (ValueError, RecursionError):
            return {}
        before = line[:start].split()
        named = {"urlkey": before[0], "timestamp": before[1]} if len(before) == 2 else {}
        return {**named, **said} if isinstance(said, dict) else {}
    values = line.split()
    fields: dict[str, Any] = dict(zip(_PLAIN, values, strict=False))
    if len(values) >= 11:
        fields |= {"length": values[8], "offset": values[9], "filename": values[10]}
    return fields


def _listed(fields: dict[str, Any]) -> Listed | None:
    url = fields.get("url") or fields.get("original")
    stamp = str(fields.get("timestamp") or "")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or not _STAMP.fullmatch(stamp):
        return None
    status = str(fields.get("status") or fields.get("statuscode") or "")
    digest = str(fields.get("digest") or "").removeprefix("sha1:")
    one = Listed(url, stamp, int(status) if _is_number(status) else None, digest or None, _place(fields))
    try:
        return one if one.moment else None
    except ValueError:
        return None


def _place(fields: dict[str, Any]) -> tuple[str, int, int] | None:
    name, offset, length = (str(fields.get(name) or "") for name in ("filename", "offset", "length"))
    offset = offset or ("0" if fields.get("offset") == 0 else "")
    if not name or not _is_number(offset) or not _is_number(length):
        return None
    return name, int(offset), int(length)


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 16
