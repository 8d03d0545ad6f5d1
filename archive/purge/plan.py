"""What a purge would take: the captures, articles and files that are about an address, and what shares their bytes."""

from __future__ import annotations

import gzip
import mmap
import re
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from archive.access import Level, Target, were_unlisted
from archive.cdx import index_path
from archive.claims import is_locked, live_runs
from archive.corpus import reading_corpus
from archive.errors import BaotinhError, StorageError
from archive.files import PART_SUFFIX
from archive.layout import OPEN_SUFFIX, DataFolder
from archive.model import Extractor
from archive.purge.links import LinkingPage, linking
from archive.purge.warc import mentions

Row = dict[str, Any]

_OPEN: Final = re.compile(rf"(?P<portal>.+?)-\d{{17}}-.*-(?P<token>[^-]+)\.warc\.gz{re.escape(OPEN_SUFFIX)}")


class NothingMatched(BaotinhError):
    """The archive holds nothing of the address."""


@dataclass(slots=True)
class Plan:
    """What answers to ``target``.

    ``captures`` and ``articles`` are numbers of rows, ``urls`` their addresses, ``files`` the WARC files to look
    into. ``same_article`` are other addresses of the same articles, ``same_bytes`` other addresses whose captures
    repeat a payload of these. ``exports`` are WACZ files in the data folder that hold what goes. ``records`` are ids of
    other captures that go, ``portals`` and ``files`` theirs, too. ``links`` are captures that link to the target; they
    are only looked for when records are to be deleted.
    """

    target: Target
    level: Level
    captures: int = 0
    articles: int = 0
    urls: list[str] = field(default_factory=list)
    portals: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    same_article: list[str] = field(default_factory=list)
    same_bytes: list[str] = field(default_factory=list)
    exports: list[Path] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    links: list[LinkingPage] = field(default_factory=list)

    @property
    def listings(self) -> list[LinkingPage]:
        """Listings, feeds and the like that link to the target."""
        return [page for page in self.links if page.listing]

    @property
    def linked_from(self) -> list[str]:
        """Addresses of all other pages that link to the target, such as articles."""
        return sorted({page.url for page in self.links if not page.listing})

    def check(self, place: Path) -> Plan:
        """The plan itself; raises ``NothingMatched`` when there is nothing to take in the data folder ``place``."""
        if not (self.files or self.captures):
            raise NothingMatched(f"{self.target.name}: nothing in {place} is archived under this address.")
        return self

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain values for JSON."""
        names = ("level", "captures", "articles", "urls", "portals", "same_article", "same_bytes", "linked_from")
        values = {name: getattr(self, name) for name in names}
        paths = {name: [path.name for path in getattr(self, name)] for name in ("files", "exports")}
        listings = {"records": len(self.listings), "urls": sorted({page.url for page in self.listings})}
        return {"target": self.target.url, **values, **paths, "listings": listings, "with_listings": bool(self.records)}


def make_plan(folder: DataFolder, target: Target, level: Level, records: Collection[str] = ()) -> Plan:
    """Look up what answers to ``target`` or is one of ``records``; raises ``StorageError`` without a data folder."""
    if not folder.path.is_dir():
        raise StorageError(f"{folder.path} does not exist. Name the data folder with --data or ARCHIVE_DIR.")
    plan = Plan(target, level, records=sorted(records))
    with reading_corpus(folder) as database:

        def column(query: str) -> list[Any]:
            found = database.execute(query.format(match=target.sql), {"key": target.key}).fetchall()
            return [value for (value,) in found]

        moments = database.execute(_MOMENTS, [plan.records]).fetchall() if records else []
        (plan.captures,) = column("SELECT count(*) FROM captures_files WHERE {match}")
        (plan.articles,) = column("SELECT count(*) FROM articles_files WHERE {match}")
        plan.urls = column("SELECT DISTINCT url FROM captures_files WHERE {match} ORDER BY 1")
        plan.portals = column("SELECT DISTINCT portal FROM captures_files WHERE {match}")
        plan.portals = sorted({*plan.portals, *(portal for portal, *_ in moments)})
        named = set(column("SELECT DISTINCT warc_filename FROM captures_files WHERE {match}"))
        plan.same_article = column(_SAME_ARTICLE)
        plan.same_bytes = column(_SAME_BYTES)
    _find_files(folder, plan, named | {name for _, name, *_ in moments})
    if level == "delete":
        lines = {f"{key} {stamp}".encode() for _, _, key, stamp in moments}
        plan.exports = sorted(path for path in folder.path.rglob("*.wacz*") if _exports(path, target, lines))
    return plan


_MOMENTS: Final = """
SELECT portal, warc_filename, url_surtkey, strftime(fetch_time, '%Y%m%d%H%M%S') FROM captures_files
WHERE warc_record_id IN (SELECT unnest(?::VARCHAR[]))
"""


_SAME_ARTICLE: Final = """
SELECT DISTINCT url FROM articles_files WHERE NOT ({match})
    AND article_id IN (SELECT article_id FROM articles_files WHERE {match}) ORDER BY 1
"""
_SAME_BYTES: Final = """
SELECT DISTINCT url FROM captures_files WHERE NOT ({match}) AND record_type = 'revisit'
    AND revisit_of IN (SELECT warc_record_id FROM captures_files WHERE {match}) ORDER BY 1
"""


def _find_files(folder: DataFolder, plan: Plan, named: set[str]) -> None:
    """Fill in ``files``.

    A row or a CDXJ line tells where a record is; where neither can be trusted the file itself is looked through.
    """
    blind = _were_unlisted(folder, plan.target)
    for path in folder.warc_files():
        index = index_path(folder, path.name)
        known = path.name in named or (index.is_file() and _in_index(index, plan.target))
        unsure = not known and (blind or not index.is_file())
        if known or (unsure and any(True for _ in mentions(path, plan.target))):
            plan.files.append(path)


def _were_unlisted(folder: DataFolder, target: Target) -> bool:
    """Whether records of ``target`` may be in files whose CDXJ does not show them."""
    return any(target.matches(one.key or "") or one.matches(target.key or "") for one in were_unlisted(folder))


def _in_index(path: Path, target: Target) -> bool:
    """Whether the CDXJ file ``path`` has a line of ``target``; what crawlers file under ``urn:`` counts."""
    key = (target.key or "").encode() + (b"" if target.prefix else b" ")
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as lines:
        return lines[: len(key)] == key or lines.find(b"\n" + key) >= 0 or _in_urns(lines, target)


def _in_urns(lines: mmap.mmap, target: Target) -> bool:
    at = 0 if lines[:4] == b"urn:" else lines.find(b"\nurn:") + 1
    while lines[at : at + 4] == b"urn:":
        end = lines.find(b"\n", at) + 1 or len(lines)
        if target.covers(lines[at:end].partition(b" ")[0].decode("utf-8", "replace")):
            return True
        at = end
    return False


def _exports(path: Path, target: Target, moments: Collection[bytes]) -> bool:
    """Whether the index of the WACZ ``path`` names ``target`` or one of ``moments``, which are keys with their time.

    An unfinished one that nobody can read counts, too.
    """
    key = (target.key or "").encode() + (b"" if target.prefix else b" ")
    try:
        with zipfile.ZipFile(path) as wacz:
            for name in wacz.namelist():
                if name.startswith("indexes/"):
                    lines = wacz.read(name)
                    lines = gzip.decompress(lines) if name.endswith(".gz") else lines
                    if lines.startswith(key) or b"\n" + key in lines:
                        return True
                    if moments and any(b" ".join(line.split(b" ", 2)[:2]) in moments for line in lines.splitlines()):
                        return True
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error):
        return path.suffix == PART_SUFFIX
    return False


def refuse_running(folder: DataFolder, plan: Plan, extractor: Extractor) -> None:
    """Raise ``StorageError`` while a rebuild, or a run that may hold or fetch what ``plan`` takes, is at work.

    Call it behind the ``door``.
    """
    if is_locked(folder.state / "rebuild.lock"):
        raise StorageError(_BUSY.format(what="a rebuild"))
    portals = {*plan.portals, *filter(None, (extractor.portal_of(url) for url in plan.urls))}
    tokens = {run.rpartition("-")[2]: run for run in live_runs(folder)}
    for path in folder.open_files():
        found = _OPEN.fullmatch(path.name)
        if found is None or not is_locked(path):
            continue
        tokens.pop(found["token"], None)
        about = any(True for _ in mentions(path, plan.target))
        links = bool(plan.records) and any(True for _ in linking(path, plan.target))
        if found["portal"] in portals or about or links:
            raise StorageError(_BUSY.format(what=f"a crawl of {found['portal']}"))
    if tokens:
        raise StorageError(_BUSY.format(what=f"the run {', '.join(tokens.values())}"))


_BUSY: Final = (
    "{what} is at work, and its files cannot be changed meanwhile. Run this again when it has ended; "
    "until then --level hide keeps the pages from readers at once."
)
