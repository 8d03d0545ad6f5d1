"""When a capture shows that an article is not there any more, and which article stood at its address."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from archive.corpus import is_empty, reading_corpus
from archive.layout import DataFolder

Row = dict[str, Any]

SOFT_404: Final = "soft-404"
_GONE: Final = frozenset({404, 410})
_HOMES: Final = frozenset({"", "index.html", "index.htm", "index.php", "default.aspx", "trang-chu", "home"})


def shows_gone(capture: Row) -> bool:
    """Whether ``capture`` (a captures row) says that nothing is at its address now.

    It does by status 404 or 410 (RFC 9110 §15.5.5, §15.5.11), by a redirect to a home page, as portals answer for what
    they took down, or by a page that says so with status 200.
    """
    if capture["content_truncated"] is not None or capture["record_type"] == "request":
        return False
    if capture["outcome"] == "redirect":
        return _leads_home(capture["url"], capture["fetch_redirect"] or "")
    if capture["outcome"] == "not_article":
        return bool(capture["outcome_reason"] == SOFT_404)
    return capture["fetch_status"] in _GONE


def _leads_home(url: str, location: str) -> bool:
    try:
        target = urlsplit(urljoin(url, location))
    except ValueError:
        return False
    home = target.path.strip("/").lower() in _HOMES and not target.query
    return home and urlsplit(url).path.strip("/") != target.path.strip("/")


def addresses_of(row: Row) -> set[str]:
    """Every address that the articles row ``row`` is known under."""
    return {row["url"], *(row["aliases"] or ()), *filter(None, (row["canonical_url"],))}


def article_at(folder: DataFolder, desk: str, url: str) -> str | None:
    """The id of the article of ``desk`` that was captured last at ``url``, ``None`` if none was."""
    if is_empty(folder, "articles"):
        return None
    query = """
        SELECT article_id FROM articles_files WHERE desk = $desk AND status = 'live'
        AND (url = $url OR canonical_url = $url OR list_contains(aliases, $url)) ORDER BY fetch_time DESC LIMIT 1
    """
    with reading_corpus(folder) as database:
        found = database.execute(query, {"desk": desk, "url": url}).fetchone()
    return found[0] if found else None
