"""Which captures link to addresses that are taken down: listings, feeds and the like, and pages of other articles.

A portal prints title and lead of an article wherever it links to it. Links are found in the decoded payload however
they are written: absolute or relative, percent-encoded, with HTML or JSON escapes, one inside the other.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from archive.access import Target
from archive.captures import registered_domain
from archive.corpus import reading_corpus
from archive.httpmessage import decode_content, parse_response
from archive.importing.record import ELSEWHERE
from archive.layout import DataFolder
from archive.members import Record
from archive.salvage import walk_kept
from archive.urlkey import urlkey

_GZIP: Final = b"\x1f\x8b\x08"
_JSON_CODE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})")
_JSON_SIGN: Final = re.compile(r"\\([\"'/\\])")
_CODED: Final = re.compile(r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*")
_TOKEN: Final = re.compile(r"[^\s\"'<>`\\]+")
_ATTRIBUTE: Final = re.compile(r"=\s*(?:\"([^\"<>]+)\"|'([^'<>]+)')")
_INNER: Final = re.compile(r"https?://|//", re.I)
_PIECES: Final = re.compile(r"[(){}\[\],;|=&]")
_BASE: Final = re.compile(r"<base\b[^>]*?\bhref\s*=\s*[\"']?([^\"'\s>]+)", re.I)
_STOPS: Final = ".,;:!?)]}"


@dataclass(frozen=True, slots=True)
class LinkingPage:
    """A capture whose payload links to the target; ``listing`` says that its page is one of links and no article.

    A listing, a feed, a sitemap, an answer of an API: what the archive has captured at that address, at this time or
    another. Where nobody knows, such as on hosts of no known portal, it is no listing.
    """

    record_id: str
    url: str
    listing: bool


def find_links(folder: DataFolder, target: Target) -> list[LinkingPage]:
    """The captures in closed WARC files that link to ``target`` and are not of it, sorted by address.

    Every record is read; a revisit links where its payload does.
    """
    found = {record.record_id: record.url or "" for path in folder.warc_files() for record in linking(path, target)}
    with reading_corpus(folder) as database:
        values = {"key": target.key, "ids": list(found), "elsewhere": ELSEWHERE}
        rows = database.execute(_LINKING.format(match=target.sql), values).fetchall()
    pages = [LinkingPage(*row) for row in rows]
    told = {page.record_id for page in pages}
    pages += [LinkingPage(identity, url, False) for identity, url in found.items() if identity not in told]
    return sorted(pages, key=lambda page: (page.url, page.record_id))


_LINKING: Final = """
WITH linking AS (
    SELECT warc_record_id, url, url_surtkey FROM captures_files WHERE NOT ({match}) AND (
        warc_record_id IN (SELECT unnest($ids::VARCHAR[]))
        OR (record_type = 'revisit' AND fetch_status <> 304 AND revisit_of IN (SELECT unnest($ids::VARCHAR[])))
    )
), kinds AS (
    SELECT url_surtkey, bool_or(outcome = 'feed' OR (outcome IN ('listing', 'other') AND portal <> $elsewhere))
        AND NOT bool_or(outcome IN ('article', 'not_article')) AS listing
    FROM captures_files WHERE url_surtkey IN (SELECT url_surtkey FROM linking) GROUP BY 1
)
SELECT warc_record_id, url, listing FROM linking JOIN kinds USING (url_surtkey)
"""


def linking(path: Path, target: Target) -> Iterator[Record]:
    """The responses and resources in the WARC file ``path`` that link to ``target`` and are not of it."""
    finder = LinkFinder(target)
    for _, _, record in walk_kept(path, []):
        if record.type not in ("response", "resource") or not record.url or target.covers(record.url):
            continue
        if finder.links(record.url, _text(record)):
            yield record


def _text(record: Record) -> str:
    """The payload of ``record`` with its codings undone, a gzipped sitemap's too."""
    message = parse_response(record.block) if record.type == "response" else None
    body = decode_content(message.payload, message.tokens("Content-Encoding")) if message else record.block
    body = decode_content(body, ["gzip"]) if body.startswith(_GZIP) else body
    wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return body.decode("utf-16" if wide else "utf-8", "replace")


class LinkFinder:
    """Looks for links to ``target``, which must have its key, in texts of any kind."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._needle = _needle(target)
        beginning = (target.url or "").removesuffix("*")
        self._root = _joined(beginning, "/")
        self._domain = registered_domain(urlsplit(beginning).hostname or "")

    def links(self, url: str, text: str) -> bool:
        """Whether ``text``, the payload at ``url``, links to the target."""
        layers = _layers(text)
        if self._needle not in layers[-1].lower():
            return False
        bases = self._bases(url, layers)
        tried: set[str] = set()
        for layer in layers:
            for token in self._tokens(layer):
                for spelling in _spellings(token):
                    if spelling not in tried and self._hits(spelling, bases):
                        return True
                    tried.add(spelling)
        return False

    def _bases(self, url: str, layers: list[str]) -> list[str]:
        """What relative links may be relative to: the page, its ``<base>``, the root that an API leaves out."""
        bases = [url, _joined(url, "/")]
        bases += [_joined(url, found.group(1)) for layer in layers if (found := _BASE.search(layer))]
        if self._domain and registered_domain(urlsplit(url).hostname or "") == self._domain:
            bases.append(self._root)
        return list(dict.fromkeys(bases))

    def _tokens(self, layer: str) -> Iterator[str]:
        """What may be a link in ``layer``: words, and values of attributes with their blanks."""
        for found in _TOKEN.finditer(layer):
            if self._needle in _bare(found.group()):
                yield found.group()
        for found in _ATTRIBUTE.finditer(layer):
            value = (found.group(1) or found.group(2)).strip()
            if " " in value and self._needle in _bare(value):
                yield value

    def _hits(self, spelling: str, bases: list[str]) -> bool:
        return any(self._target.matches(urlkey(_joined(base, spelling))) for base in bases)


def _joined(base: str, link: str) -> str:
    """``link`` as seen from ``base``; what is no address stays as it is."""
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def _needle(target: Target) -> str:
    """What every link to ``target`` has in it once its escapes are undone, in lower case.

    The longest field of the query, the last part of the path, or, for a whole host, its name.
    """
    host, _, place = (target.key or "").partition(")")
    path, _, query = place.partition("?")
    part = max(query.split("&"), key=len) or path.rstrip("/").rpartition("/")[2]
    name, _, port = host.partition(":")
    return _bare(part) or ".".join(reversed(name.split(","))) + (f":{port}" if port else "")


def _bare(text: str) -> str:
    return _unquote(_unquote(text)).lower()


def _layers(text: str) -> list[str]:
    """``text`` as it is, then with one kind of escapes after the other undone, twice each: they are nested."""
    layers = [text]
    for undo in (_unescape_json, _unescape_json, unescape, unescape, _unquote, _unquote):
        undone = undo(layers[-1])
        if undone != layers[-1]:
            layers.append(undone)
    return layers


def _unquote(text: str) -> str:
    """Percent-encoding undone; the standard library's takes ten times as long for a page with one such code."""
    if "%" not in text:
        return text
    return _CODED.sub(lambda coded: bytes.fromhex(coded.group().replace("%", "")).decode("utf-8", "replace"), text)


def _unescape_json(text: str) -> str:
    if "\\" not in text:
        return text
    return _JSON_SIGN.sub(r"\1", _JSON_CODE.sub(lambda code: chr(int(code.group(1), 16)), text))


def _spellings(token: str) -> Iterator[str]:
    """``token`` and what in it may be the link: behind ``url=``, in brackets, without a full stop."""
    starts = [token[found.start() :] for found in _INNER.finditer(token)]
    ends = [start.partition("&")[0] for start in starts]
    for part in dict.fromkeys((token, *starts, *ends, *_PIECES.split(token))):
        for spelling in (part, _unquote(part), _unquote(_unquote(part))):
            yield spelling
            yield spelling.rstrip(_STOPS)
