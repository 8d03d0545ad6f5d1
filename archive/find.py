"""Finding an article by what a person has in hand: an address, or the beginning of its id."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import surt

from archive.access import PurgeList
from archive.corpus import reading_corpus
from archive.errors import StorageError, UsageError
from archive.layout import DataFolder
from archive.members import read_member
from archive.revisit import restore_block
from archive.schema import ARTICLES

Row = dict[str, Any]

_ID_START = re.compile(r"[0-9a-f-]{4,36}")


def find_article(folder: DataFolder, wanted: str) -> list[Row]:
    """All versions, oldest first, of the article with the address or the id prefix ``wanted``.

    An address is found with or without scheme, under its canonical form, and under any address that
    redirected to it. Raises ``UsageError`` when nothing or more than one article answers.
    """
    if not folder.path.is_dir():
        raise StorageError(f"{folder.path} does not exist. Name the data folder with --data or ARCHIVE_DIR.")
    wanted = wanted.strip()
    with reading_corpus(folder, public=True) as database:
        found = _by_id(database, wanted) if _ID_START.fullmatch(wanted.lower()) else _by_address(database, wanted)
        if not found:
            raise UsageError(_taken_down(folder, wanted) or _why_not(database, wanted))
        if len(found) > 1:
            raise UsageError(f"{wanted!r} is the beginning of several ids: {', '.join(found[:10])}")
        names = ", ".join(ARTICLES.names)
        query = f"SELECT {names} FROM articles_files WHERE article_id = ? ORDER BY version"  # noqa: S608
        rows = database.execute(query, found).fetchall()
    return [dict(zip(ARTICLES.names, row, strict=True)) for row in rows]


def _by_id(database: duckdb.DuckDBPyConnection, prefix: str) -> list[str]:
    query = "SELECT DISTINCT article_id FROM articles_files WHERE starts_with(article_id, ?) ORDER BY 1 LIMIT 11"
    return [identity for (identity,) in database.execute(query, [prefix.lower()]).fetchall()]


def _by_address(database: duckdb.DuckDBPyConnection, address: str) -> list[str]:
    """The article at ``address``; where several were at one address, the one fetched last."""
    key = surt.surt(address)
    for query, value in (
        ("SELECT article_id FROM articles_files WHERE url_surtkey = ? ORDER BY fetch_time DESC LIMIT 1", key),
        ("SELECT article_id FROM aliases WHERE alias = ? LIMIT 1", address),
        ("SELECT article_id FROM aliases WHERE regexp_replace(alias, '^https?://', '') = ? LIMIT 1", address),
    ):
        found = [identity for (identity,) in database.execute(query, [value]).fetchall()]
        if found:
            return found
    return []


def _taken_down(folder: DataFolder, wanted: str) -> str | None:
    """Why an address that was taken down is not shown."""
    known = PurgeList.load(folder)
    if not known.covers(wanted if "://" in wanted else f"http://{wanted}"):
        return None
    return f"{wanted} was taken down and is not shown; `baotinh purge --list` says when and why."


def _why_not(database: duckdb.DuckDBPyConnection, wanted: str) -> str:
    query = "SELECT fetch_time, outcome, outcome_reason FROM captures WHERE url_surtkey = ? ORDER BY 1 DESC LIMIT 1"
    row = database.execute(query, [surt.surt(wanted)]).fetchone()
    if row is None:
        return f"nothing is archived under {wanted!r}: give an address, or the first 4 or more characters of an id."
    fetched, outcome, reason = row
    because = f" ({reason})" if reason else ""
    return f"{wanted} was captured on {fetched:%Y-%m-%d} but holds no article: {outcome}{because}."


def payload_place(folder: DataFolder, row: Row) -> tuple[str, int, int]:
    """File, offset and length of the record that holds the payload of ``row``: a revisit's is elsewhere."""
    query = """
        SELECT original.warc_filename, original.warc_record_offset, original.warc_record_length
        FROM captures AS revisit JOIN captures AS original ON revisit.revisit_of = original.warc_record_id
        WHERE revisit.warc_record_id = ?
    """
    with reading_corpus(folder) as database:
        found = database.execute(query, [row["warc_record_id"]]).fetchone()
    if found is not None:
        return found[0], found[1], found[2]
    return row["warc_filename"], row["warc_record_offset"], row["warc_record_length"]


def response_block(folder: DataFolder, row: Row) -> bytes:
    """The response that ``row`` (of captures or articles) refers to, as it crossed the wire; a revisit's restored."""
    name, offset, length = payload_place(folder, row)
    record = read_member(folder.find_warc(name), offset, length)
    if record.record_id == row["warc_record_id"]:
        return record.block
    own = read_member(folder.find_warc(row["warc_filename"]), row["warc_record_offset"], row["warc_record_length"])
    return restore_block(own, record)


def archived_response(folder: DataFolder, address: str) -> tuple[Row, bytes]:
    """The newest capture of ``address`` that was answered with status 200: its row and the response's bytes.

    Raises ``UsageError`` when there is none, and ``StorageError`` or ``DamagedFile`` when its file cannot be read.
    """
    if not folder.path.is_dir():
        raise StorageError(f"{folder.path} does not exist. Name the data folder with --data or ARCHIVE_DIR.")
    names = ("url", "fetch_time", "warc_filename", "warc_record_offset", "warc_record_length", "warc_record_id")
    query = f"""
        SELECT {", ".join(names)} FROM captures
        WHERE url_surtkey = ? AND fetch_status = 200 ORDER BY fetch_time DESC LIMIT 1
    """  # noqa: S608
    with reading_corpus(folder, public=True) as database:
        found = database.execute(query, [surt.surt(address)]).fetchone()
        if found is None:
            raise UsageError(_taken_down(folder, address) or _why_not(database, address))
    row = dict(zip(names, found, strict=True))
    return row, response_block(folder, row)
