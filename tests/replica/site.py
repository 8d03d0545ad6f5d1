"""What the server and its sites say to each other: requests, answers, faults, and the base of a site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

from tests.replica.story import Story

HTML = "text/html; charset=UTF-8"
_CACHE_LIMIT = 20_000


@dataclass(frozen=True)
class Request:
    """A request as received: ``headers`` in order and case, ``scheme`` from the port it came in by."""

    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    raw: bytes
    scheme: str = "http"

    def header(self, name: str) -> str:
        """The first value of the header ``name`` (any case), or ``""``."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    @cached_property
    def host(self) -> str:
        """The host name asked for, lower case, without port."""
        return self.header("Host").rpartition(":")[0].lower() or self.header("Host").lower()

    @cached_property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's fields, last one wins."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def is_xhr(self) -> bool:
        """Whether a script on the page asked (jQuery's mark)."""
        return self.header("X-Requested-With") == "XMLHttpRequest"


@dataclass(slots=True)
class Answer:
    """What a site answers before the wire dresses it: status, identity body, and headers of its own.

    ``recorded`` marks an answer taken from an archive: ``headers`` are all it has, ``body`` is coded as they
    say. ``framed`` belongs to the framing: heads and coded bodies made from this answer, kept for the next request.
    """

    status: int
    body: bytes = b""
    content_type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    recorded: bool = False
    framed: dict[object, tuple[bytes, bytes]] = field(default_factory=dict)


@dataclass(slots=True)
class Fault:
    """What goes wrong on a path: the site's ``faults`` maps a path, or ``"*"`` for all, to one of these.

    ``status`` answers that status instead of the page; ``delay`` waits so many seconds first; ``close``
    hangs up without an answer; ``reset`` hangs up with a TCP reset; ``cut`` sends only that share (0 to 1)
    of the body and hangs up. ``times`` is how often it happens (``None`` = always).
    """

    status: int | None = None
    delay: float = 0.0
    close: bool = False
    reset: bool = False
    cut: float | None = None
    headers: tuple[tuple[str, str], ...] = ()
    times: int | None = None


class Site:
    """One portal on the replica server; a subclass answers paths in ``route``.

    ``host`` is its name, ``aliases`` other names that lead here (``www.`` names are redirected to ``host``),
    ``scheme`` whether it serves https only (http is redirected), http only, or both. ``stories`` are newest
    first. ``delay`` is how many seconds every answer takes. ``server`` is the Server header, ``brotli``
    whether it offers that coding.
    """

    host: str
    aliases: tuple[str, ...] = ()
    scheme: Literal["https", "http", "both"] = "https"
    server: ClassVar[str] = "nginx"
    brotli: ClassVar[bool] = False
    lower_case_headers: ClassVar[bool] = False

    def __init__(self) -> None:
        self.stories: tuple[Story, ...] = ()
        self.faults: dict[str, Fault] = {}
        self.delay = 0.0
        self._cache: dict[tuple[str, bool], Answer] = {}
        self._epoch = ""

    @property
    def base(self) -> str:
        """Scheme and host of the canonical addresses."""
        return f"{'https' if self.scheme == 'https' else 'http'}://{self.host}"

    def articles(self) -> Mapping[str, Story]:
        """Every article by its absolute canonical address."""
        return {}

    def route(self, request: Request) -> Answer | None:
        """Answer ``request``, or ``None`` where nothing lies."""
        raise NotImplementedError

    def not_found(self, request: Request) -> Answer:
        """The answer where nothing lies."""
        return Answer(404, b"<html><body><h1>404 Not Found</h1></body></html>")

    def headers(self, request: Request, answer: Answer) -> tuple[tuple[str, str], ...]:
        """The headers the portal's own software adds to every page, in order; repetitions are kept."""
        return ()

    def epoch(self) -> str:
        """Changes whenever pages must be rendered anew, such as the minute of a clock in the page's header."""
        return ""

    def forget(self) -> None:
        """Drop every rendered page."""
        self._cache.clear()

    def answer(self, request: Request) -> Answer:
        """The answer to ``request``, redirects of scheme and alias included; rendered once, then kept."""
        moved = self._moved(request)
        if moved:
            return redirect(moved, answered_by=self.server)
        epoch = self.epoch()
        if epoch != self._epoch or len(self._cache) > _CACHE_LIMIT:
            self._epoch = epoch
            self.forget()
        key = (f"{request.scheme}:{request.host}:{request.target}", request.is_xhr)
        kept = self._cache.get(key)
        if kept is None:
            kept = self._cache[key] = self.route(request) or self.not_found(request)
        return kept

    def fault(self, path: str) -> Fault | None:
        """The fault that strikes ``path`` now, counted down."""
        for key in (path, "*"):
            fault = self.faults.get(key)
            if fault is None or fault.times == 0:
                continue
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None

    def _moved(self, request: Request) -> str | None:
        if request.host.startswith("www.") and request.host in self.aliases:
            return f"{self.base}{request.target}"
        if self.scheme == "https" and request.scheme == "http":
            return f"https://{request.host}{request.target}"
        return None


def redirect(location: str, status: int = 301, answered_by: str = "nginx") -> Answer:
    """A redirect to ``location`` with the small page nginx puts in it."""
    reason = {301: "301 Moved Permanently", 302: "302 Found"}[status]
    page = (
        f"<html>\r\n<head><title>{reason}</title></head>\r\n<body>\r\n<center><h1>{reason}</h1></center>\r\n"
        f"<hr><center>{answered_by}</center>\r\n</body>\r\n</html>\r\n"
    )
    return Answer(status, page.encode(), "text/html", (("Location", location),))
