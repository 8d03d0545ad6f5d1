"""Which addresses were taken down: the audit log ``state/purges.jsonl``, and what follows from it.

The log is appended to and never rewritten: a line when a purge begins, one when it is done, one when it is undone.
``state/access.aclj`` is made from it for pywb: a SURT key, ``-``, and a JSON object in a line, in reverse order of
bytes; a key that ends in ``###`` is one address, any other stands for all that begin with it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from archive.errors import StorageError, UsageError
from archive.files import append_line, json_line, read_json_lines, write_whole
from archive.layout import DataFolder
from archive.urlkey import urlkey

if TYPE_CHECKING:
    import duckdb

Level = Literal["hide", "unlist", "delete"]
LEVELS: Final[tuple[Level, ...]] = ("hide", "unlist", "delete")
ACCESS: Final = "access.aclj"
_LOG: Final = "purges.jsonl"
_EXACT: Final = "###"
# Crawlers file what belongs to a page, such as its text, under addresses of this form.
_URN: Final = re.compile(r"^urn:[a-z]+:(?=https?://)", re.I)


@dataclass(frozen=True, slots=True)
class Target:
    """The addresses a purge is about: one, or with ``prefix`` all whose key begins alike.

    ``key`` is the SURT key and ``url`` what the operator wrote, both ``None`` when they are to be forgotten;
    ``sha256`` is that of the key, in hex, and ``length`` the key's number of characters.
    """

    prefix: bool
    sha256: str
    length: int
    key: str | None = None
    url: str | None = None

    @classmethod
    def of(cls, text: str) -> Target:
        """The target that ``text`` names: an address, or the beginning of some and ``*``.

        Raises ``UsageError`` for what is neither.
        """
        beginning = text.removesuffix("*")
        scheme, found, rest = beginning.partition("://")
        if scheme not in ("http", "https") or not found or not rest.partition("/")[0]:
            raise UsageError(f"{text!r} is no address: write https://host/page, or https://host/folder/* for a prefix.")
        if text.endswith("*") and "/" not in rest:
            raise UsageError(f"{text!r} cuts a host name: write https://host/* for all of a host.")
        key = urlkey(beginning)
        if text.endswith("*") and beginning.endswith("/") and not key.endswith("/"):
            key += "/"
        return cls(text.endswith("*"), _sha256(key), len(key), key, text)

    def forgotten(self) -> Target:
        """The same target by its hash alone."""
        return Target(self.prefix, self.sha256, self.length)

    def matches(self, key: str) -> bool:
        """Whether the target covers addresses with the SURT key ``key``."""
        if self.key is not None:
            return key.startswith(self.key) if self.prefix else key == self.key
        if self.prefix and len(key) < self.length:
            return False
        return _sha256(key[: self.length] if self.prefix else key) == self.sha256

    def covers(self, url: str) -> bool:
        """Whether ``url`` is one of the addresses, or what a crawler filed beside it under ``urn:``."""
        return self.matches(page_key(url))

    @property
    def sql(self) -> str:
        """The condition that a row's ``url_surtkey`` is covered, with the parameter ``$key``."""
        return "starts_with(url_surtkey, $key)" if self.prefix else "url_surtkey = $key"

    @property
    def name(self) -> str:
        """What people are told: the address, or its hash."""
        return self.url or f"sha256:{self.sha256}"


def page_key(url: str) -> str:
    """The SURT key of ``url``; of ``urn:text:https://…`` and the like that of the page they belong to."""
    return urlkey(_URN.sub("", url))


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(slots=True)
class Purge:
    """A purge in force; ``at`` and ``done`` are ISO 8601 in UTC, ``done`` is ``None`` while it is unfinished.

    ``counts`` are records, captures, articles and files that it took out or hides.
    """

    id: str
    target: Target
    level: Level
    reason: str
    who: str
    at: str
    done: str | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The purge as plain values for JSON."""
        values = {name: getattr(self, name) for name in ("id", "level", "reason", "who", "at", "done", "counts")}
        return {**values, "url": self.target.url, "prefix": self.target.prefix, "sha256": self.target.sha256}


class PurgeList:
    """The purges in force, oldest first."""

    def __init__(self, purges: list[Purge]) -> None:
        self.purges = purges
        self._keys = {one.target.key for one in purges if one.target.key is not None and not one.target.prefix}
        self._hashes = {one.target.sha256 for one in purges if one.target.key is None and not one.target.prefix}
        self._prefixes = [one.target for one in purges if one.target.prefix]

    @classmethod
    def load(cls, folder: DataFolder) -> PurgeList:
        """The purges of ``folder``; raises ``DamagedFile`` when the log cannot be read."""
        purges: dict[str, Purge] = {}
        for entry in _entries(folder):
            event, identity = entry["event"], entry["id"]
            if event == "begin":
                purges[identity] = _begun(entry)
            elif event == "undo":
                purges.pop(identity, None)
            elif identity in purges:
                purges[identity].done, purges[identity].counts = entry["at"], entry["counts"]
        return cls(list(purges.values()))

    def covers(self, url: str) -> bool:
        """Whether ``url`` was taken down, at whatever level."""
        return bool(self.purges) and self.covers_key(page_key(url))

    def covers_line(self, line: bytes) -> bool:
        """Whether the address of the CDXJ line ``line`` was taken down."""
        if not self.purges:
            return False
        key = line.partition(b" ")[0].decode("utf-8", "replace")
        return self.covers_key(page_key(key) if _URN.match(key) else key)

    def covers_key(self, key: str) -> bool:
        """Whether addresses with the SURT key ``key`` were taken down."""
        if key in self._keys or (self._hashes and _sha256(key) in self._hashes):
            return True
        return any(target.matches(key) for target in self._prefixes)

    def at_level(self, *levels: Level) -> PurgeList:
        """The purges of these levels alone."""
        return PurgeList([one for one in self.purges if one.level in levels])

    def of(self, target: Target) -> list[Purge]:
        """The purges of exactly ``target``."""
        wanted = (target.prefix, target.sha256)
        return [one for one in self.purges if (one.target.prefix, one.target.sha256) == wanted]


NOTHING: Final = PurgeList([])


def log_stamp(folder: DataFolder) -> tuple[int, int] | None:
    """Size and time of change (nanoseconds) of the log, ``None`` without one: another stamp means another list."""
    try:
        status = (folder.state / _LOG).stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns


def unlisted(folder: DataFolder) -> PurgeList:
    """The addresses that have no CDXJ line and no row, although their records are in the WARC files."""
    return PurgeList.load(folder).at_level("unlist")


def were_unlisted(folder: DataFolder) -> list[Target]:
    """What was unlisted at some time, undone or not: before a rebuild, the CDXJ files do not show that it is there."""
    return [_begun(one).target for one in _entries(folder) if one["event"] == "begin" and one["level"] == "unlist"]


def _begun(entry: dict[str, Any]) -> Purge:
    target = Target(entry["prefix"], entry["sha256"], entry["length"], entry["key"], entry["url"])
    rest = {name: entry[name] for name in ("id", "level", "reason", "who", "at", "counts")}
    return Purge(target=target, **rest)


def log_begin(folder: DataFolder, purge: Purge, forget: bool) -> None:
    """Put ``purge`` in force; doing so twice does nothing the second time."""
    if purge.id in {one.id for one in PurgeList.load(folder).purges}:
        return
    target = purge.target.forgotten() if forget else purge.target
    named = {name: getattr(target, name) for name in ("prefix", "sha256", "length", "key", "url")}
    said = {name: getattr(purge, name) for name in ("id", "at", "who", "level", "reason", "counts")}
    _append(folder, {"event": "begin", **said, **named})


def log_done(folder: DataFolder, identity: str, at: str, counts: dict[str, int]) -> None:
    """Say that the purge ``identity`` is done; doing so twice does nothing the second time."""
    if any(one.id == identity and one.done for one in PurgeList.load(folder).purges):
        return
    _append(folder, {"event": "done", "id": identity, "at": at, "counts": counts})


def log_undo(folder: DataFolder, identity: str, at: str, who: str, reason: str) -> None:
    """Take the purge ``identity`` out of force."""
    _append(folder, {"event": "undo", "id": identity, "at": at, "who": who, "reason": reason})


def forget_address(folder: DataFolder, target: Target) -> None:
    """Leave only the hash of ``target`` in the log: the one change that lines written earlier may see."""
    entries = list(_entries(folder))
    for entry in entries:
        if (entry.get("prefix"), entry.get("sha256")) == (target.prefix, target.sha256):
            entry |= {"key": None, "url": None}
    write_whole(folder.state / _LOG, [json_line(entry) for entry in entries])
    write_access(folder)


def _append(folder: DataFolder, entry: dict[str, Any]) -> None:
    path = folder.state / _LOG
    try:
        append_line(path, json_line(entry))
    except OSError as error:
        raise StorageError(
            f"{path}: {error.strerror or error}: the purge could not be noted; nothing was done"
        ) from error


def _entries(folder: DataFolder) -> Iterator[dict[str, Any]]:
    """The lines of the log; what a line that a kill cut short began was never in force."""
    return read_json_lines(folder.state / _LOG, "mend it by hand")


def write_access(folder: DataFolder) -> None:
    """Write ``state/access.aclj`` anew from the log; a running pywb reads it with the next request."""
    lines = set()
    for purge in PurgeList.load(folder).purges:
        if purge.target.key is not None:
            rule = json.dumps({"access": "block", "url": purge.target.url})
            lines.add(f"{purge.target.key}{'' if purge.target.prefix else _EXACT} - {rule}\n".encode())
    write_whole(folder.state / ACCESS, sorted(lines, reverse=True))


def shown(database: duckdb.DuckDBPyConnection, folder: DataFolder) -> str:
    """The SQL condition that a row's ``url_surtkey`` was not taken down; its tables are made in ``database``."""
    targets = [one.target for one in PurgeList.load(folder).purges if one.target.key is not None]
    if not targets:
        return "true"
    database.execute("CREATE TEMP TABLE taken_down (key VARCHAR, prefix BOOLEAN)")
    database.executemany("INSERT INTO taken_down VALUES (?, ?)", [(one.key, one.prefix) for one in targets])
    return (
        "url_surtkey NOT IN (SELECT key FROM taken_down WHERE NOT prefix) AND NOT EXISTS "
        "(SELECT 1 FROM taken_down AS rule WHERE rule.prefix AND starts_with(url_surtkey, rule.key))"
    )
