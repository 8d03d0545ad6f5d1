"""Where connections go: real host names led to other addresses, and the rule about strangers.

``ARCHIVE_CONNECT_TO`` takes the form of curl's ``--connect-to``: ``HOST:PORT:ADDRESS:PORT``, several
separated by commas. The request, its Host header, SNI and the archive keep the real name; only the socket
goes elsewhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from urllib.parse import urlsplit

from archive.errors import UsageError

Address = tuple[str, int]
_PORTS = {"http": 80, "https": 443}


@cache
def parse_connect_to(text: str) -> Mapping[Address, Address]:
    """The routes in ``text``; raises ``UsageError`` naming the entry that is not ``HOST:PORT:ADDRESS:PORT``."""
    routes: dict[Address, Address] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        fields = entry.split(":")
        if len(fields) != 4 or not (fields[1].isdigit() and fields[3].isdigit()):
            form = "HOST:PORT:ADDRESS:PORT, as in a.vn:443:127.0.0.1:8443"
            raise UsageError(f"ARCHIVE_CONNECT_TO: {entry!r} is not {form}")
        routes[(fields[0].lower(), int(fields[1]))] = (fields[2], int(fields[3]))
    return MappingProxyType(routes)


@lru_cache(maxsize=256)
def wanted_address(url: str) -> Address:
    """Host and port that ``url`` names."""
    parts = urlsplit(url)
    return ((parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 80))


def destination(url: str, routes: Mapping[Address, Address]) -> Address:
    """Host and port that a request for ``url`` is sent to."""
    wanted = wanted_address(url)
    return routes.get(wanted, wanted)


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether ``host`` is an address of this machine by its text alone: no name but localhost is looked up."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_contact(url: str, routes: Mapping[Address, Address], contact: str | None) -> None:
    """Raise ``UsageError`` if ``url`` leads to a stranger's server and nobody says whom they may write to."""
    if contact or is_loopback(destination(url, routes)[0]):
        return
    raise UsageError(
        f"{urlsplit(url).hostname}: no contact is configured, so nothing was sent. Whoever runs that server must be "
        "able to reach you. Add this line to your crontab or shell profile, with your own address:\n"
        '    export ARCHIVE_CONTACT="archive@example.org"'
    )
