"""SURT keys: the form of an address that CDXJ, tables and takedowns compare."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

# Addresses that need nothing but their host turned round and their path in lower case, which most do.
_PLAIN: Final = re.compile(
    r"https?://(?:www\d*\.)?+((?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,})((?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*)/?"
)


@lru_cache(maxsize=8192)
def urlkey(url: str) -> str:
    """The SURT key of ``url``; an address that has none is its own key, blanks escaped."""
    plain = _PLAIN.fullmatch(url)
    if plain is not None:
        host, path = plain.groups()
        return f"{','.join(reversed(host.split('.')))}){path.lower() or '/'}"
    # Loaded here: the package takes longer to load than an archive of plain addresses takes to check.
    import surt

    try:
        key = str(surt.surt(url))
    except (ValueError, LookupError, AttributeError, TypeError):
        key = url
    return re.sub(r"\s", "%20", key)
