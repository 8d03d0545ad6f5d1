"""A polite HTTP client for other people's archives: one request at a time, slowly, and it says who is calling."""

from __future__ import annotations

import http.client
import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from protego import Protego

from archive.errors import BaotinhError, UsageError

AGENT: Final = "baotinh"
MAX_ANSWER: Final = 256 * 1024 * 1024
_TIMEOUT = 60.0
_TRIES = 4
_LONGEST_WAIT = 300.0
_REDIRECTS = 5
_ROBOTS_BYTES = 500 * 1024
_BUSY = frozenset({429, 500, 502, 503, 504})


class ServerError(BaotinhError):
    """Someone else's server did not answer as it should; the message names the address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: status, reason, headers in order, body with the transfer coding undone, server's address."""

    url: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first value of the header ``name`` (any case), or ``None``."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(slots=True)
class Client:
    """Fetches with ``delay`` seconds between requests, under robots.txt, and names ``contact``.

    A server that is busy (429, 5xx) or gone is asked again up to three times, after as long as it says
    (``Retry-After``, five minutes at most). ``sleep`` is ``time.sleep``. Raises ``UsageError`` when nobody is named
    to strangers, ``ServerError`` when a server keeps refusing or its robots.txt forbids it.
    """

    contact: str | None
    delay: float = 1.0
    sleep: Callable[[float], None] = time.sleep
    requests: int = 0
    _last: float = field(default=float("-inf"))
    _robots: dict[str, Protego | None] = field(default_factory=dict)

    def get(self, url: str, headers: dict[str, str] | None = None, limit: int = MAX_ANSWER) -> Answer:
        """The answer to GET ``url``, redirects not followed; ``limit`` is the longest body in bytes."""
        self._allowed(url)
        return self._patiently(url, headers or {}, limit)

    def _allowed(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{url} is no web address; it begins with http:// or https://")
        require_contact(parts.hostname, self.contact)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(f"{origin}/robots.txt")
        rules = self._robots[origin]
        if rules is None:
            return
        if not rules.can_fetch(url, AGENT):
            raise ServerError(f"{url}: robots.txt of {parts.netloc} does not allow it.")
        self.delay = max(self.delay, min(float(rules.crawl_delay(AGENT) or 0), 60.0))

    def _read_robots(self, url: str) -> Protego | None:
        """The rules (RFC 9309): none at 4xx; a file that cannot be reached allows nothing."""
        for _ in range(_REDIRECTS):
            answer = self._patiently(url, {}, _ROBOTS_BYTES)
            location = answer.header("Location")
            if not (300 <= answer.status < 400 and location):
                break
            url = urljoin(url, location)
        if 200 <= answer.status < 300:
            return Protego.parse(answer.body.decode("utf-8-sig", "replace"))
        if answer.status < 500:
            return None
        raise ServerError(f"{url} answered {answer.status}: nothing is fetched from there (RFC 9309).")

    def _patiently(self, url: str, headers: dict[str, str], limit: int) -> Answer:
        problem = ""
        for attempt in range(_TRIES):
            self._wait()
            try:
                answer = _get(url, {"User-Agent": self._agent(), **headers}, limit)
            except (OSError, http.client.HTTPException) as error:
                problem = f"{type(error).__name__}: {error}"
                pause = 2.0**attempt * self.delay
            else:
                if answer.status not in _BUSY:
                    return answer
                problem = f"it answered {answer.status} {answer.reason}"
                pause = _retry_after(answer) or 2.0 ** (attempt + 1) * self.delay
            if attempt + 1 < _TRIES:
                self.sleep(min(pause, _LONGEST_WAIT))
        raise ServerError(f"{url}: {problem}, {_TRIES} times; run the same command later to go on from here.")

    def _agent(self) -> str:
        return f"{AGENT}/0.1 (+{self.contact})" if self.contact else f"{AGENT}/0.1"

    def _wait(self) -> None:
        rest = self._last + self.delay - time.monotonic()
        if rest > 0:
            self.sleep(rest)
        self._last = time.monotonic()
        self.requests += 1


def require_contact(host: str, contact: str | None) -> None:
    """Raise ``UsageError`` if ``host`` is a stranger's and nobody says whom they may write to."""
    if contact or _is_loopback(host):
        return
    raise UsageError(
        f"{host}: no contact is configured, so nothing was sent. Whoever runs that server must be able to reach you. "
        'Say who you are, with your own address:\n    export ARCHIVE_CONTACT="archive@example.org"'
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _get(url: str, headers: dict[str, str], limit: int) -> Answer:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    target = url.split("/", 3)[3] if url.count("/") > 2 else ""
    try:
        path = "/" + quote(target.partition("#")[0], safe="/?:@!$&'()*+,;=%[]~|-._")
        connection.request("GET", path, headers={"Accept-Encoding": "identity", "Accept": "*/*", **headers})
        response = connection.getresponse()
        body = response.read(limit + 1)
        if len(body) > limit:
            raise ServerError(f"{url}: an answer of more than {limit} bytes; ask for less with --since and --until.")
        return Answer(url, response.status, response.reason, tuple(response.getheaders()), body)
    finally:
        connection.close()


def _retry_after(answer: Answer) -> float | None:
    value = answer.header("Retry-After") or ""
    return float(value) if value.isascii() and value.isdigit() else None
