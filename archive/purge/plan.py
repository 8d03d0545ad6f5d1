"""What a purge would take: the captures, articles and files that are about an address, and what shares their bytes."""

from __future__ import annotations

import gzip
import mmap
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from archive.access import Level, PurgeList, Target
from archive.cdx import index_path
from archive.claims import is_locked, live_runs
from archive.errors import BaotinhError, StorageError
from archive.files import PART_SUFFIX
from archive.layout import OPEN_SUFFIX, DataFolder
from archive.model import Extractor
from archive.purge.warc import mentions
from archive.tables import duckdb_connection
from archive.urlkey import urlkey

Row = dict[str, Any]

_OPEN: Final = re.compile(rf"(?P<portal>.+?)-\d{{17}}-.*-(?P<token>[^-]+)\.warc\.gz{re.escape(OPEN_SUFFIX)}")


class NothingMatched(BaotinhError):
    """The archive holds nothing of the address."""


@dataclass(slots=True)
class Plan:
    """What answers to ``target``.

    ``captures`` and ``articles`` are numbers of rows, ``urls`` their addresses, ``files`` the WARC files to look
    into. ``same_article`` are other addresses of the same articles, ``same_bytes`` other addresses whose captures
    repeat a payload of these. ``exports`` are WACZ files in the data folder with lines of the target.
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

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain values for JSON."""
        names = ("level", "captures", "articles", "urls", "portals", "same_article", "same_bytes")
        values = {name: getattr(self, name) for name in names}
        paths = {name: [path.name for path in getattr(self, name)] for name in ("files", "exports")}
        return {"target": self.target.url, **values, **paths}


def make_plan(folder: DataFolder, target: Target, level: Level) -> Plan:
    """Look up what answers to ``target``; raises ``NothingMatched``, and ``StorageError`` without a data folder."""
    if not folder.path.is_dir():
        raise StorageError(f"{folder.path} does not exist. Name the data folder with --data or ARCHIVE_DIR.")
    plan = Plan(target, level)
    with duckdb_connection(folder) as database:

        def column(query: str) -> list[Any]:
            found = database.execute(query.format(match=target.sql), {"key": target.key}).fetchall()
            return [value for (value,) in found]

        (plan.captures,) = column("SELECT count(*) FROM captures_files WHERE {match}")
        (plan.articles,) = column("SELECT count(*) FROM articles_files WHERE {match}")
        plan.urls = column("SELECT DISTINCT url FROM captures_files WHERE {match} ORDER BY 1")
        plan.portals = column("SELECT DISTINCT portal FROM captures_files WHERE {match} ORDER BY 1")
        named = set(column("SELECT DISTINCT warc_filename FROM captures_files WHERE {match}"))
        plan.same_article = column(_SAME_ARTICLE)
        plan.same_bytes = column(_SAME_BYTES)
    _find_files(folder, plan, named)
    if level == "delete":
        plan.exports = sorted(path for path in folder.path.rglob("*.wacz*") if _exports(path, target))
    return plan


_SAME_ARTICLE: Final = """
SELECT DISTINCT url FROM articles_files WHERE NOT ({match})
    AND article_id IN (SELECT article_id FROM articles_files WHERE {match}) ORDER BY 1
"""
_SAME_BYTES: Final = """
SELECT DISTINCT url FROM captures_files WHERE NOT ({match}) AND record_type = 'revisit'
    AND revisit_of IN (SELECT warc_record_id FROM captures_files WHERE {match}) ORDER BY 1
"""


def _find_files(folder: DataFolder, plan: Plan, named: set[str]) -> None:
    """Fill in ``files``; raises ``NothingMatched`` when no record is about the target.

    A row or a CDXJ line tells where a record is; where neither can be trusted the file itself is looked through.
    """
    blind = _were_unlisted(folder, plan.target)
    for path in folder.warc_files():
        index = index_path(folder, path.name)
        known = path.name in named or (index.is_file() and _in_index(index, plan.target))
        unsure = not known and (blind or not index.is_file())
        if known or (unsure and any(True for _ in mentions(path, plan.target))):
            plan.files.append(path)
    if not plan.files and not plan.captures:
        raise NothingMatched(f"{plan.target.name}: nothing in {folder.path} is archived under this address.")


def _were_unlisted(folder: DataFolder, target: Target) -> bool:
    """Whether records of ``target`` may be in files whose CDXJ does not show them."""
    unlisted = [one.target for one in PurgeList.load(folder).at_level("unlist").purges]
    return any(target.matches(one.key or "") or one.matches(target.key or "") for one in unlisted)


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
        if covers_key(target, lines[at:end].partition(b" ")[0].decode("utf-8", "replace")):
            return True
        at = end
    return False


def covers_key(target: Target, key: str) -> bool:
    """Whether the key of a CDXJ line is one of ``target``."""
    found = re.match(r"urn:[a-z]+:(https?://.*)", key, re.I)
    return target.matches(urlkey(found.group(1)) if found else key)


def _exports(path: Path, target: Target) -> bool:
    """Whether the index of the WACZ ``path`` names ``target``; an unfinished one that nobody can read counts, too."""
    key = (target.key or "").encode() + (b"" if target.prefix else b" ")
    try:
        with zipfile.ZipFile(path) as wacz:
            for name in wacz.namelist():
                if name.startswith("indexes/"):
                    lines = wacz.read(name)
                    lines = gzip.decompress(lines) if name.endswith(".gz") else lines
                    if lines.startswith(key) or b"\n" + key in lines:
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
        if found["portal"] in portals or any(True for _ in mentions(path, plan.target)):
            raise StorageError(_BUSY.format(what=f"a crawl of {found['portal']}"))
    if tokens:
        raise StorageError(_BUSY.format(what=f"the run {', '.join(tokens.values())}"))


_BUSY: Final = (
    "{what} is at work, and its files cannot be changed meanwhile. Run this again when it has ended; "
    "until then --level hide keeps the pages from readers at once."
)
