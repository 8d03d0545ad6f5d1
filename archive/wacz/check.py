"""Is a WACZ what it says? Stricter than the public validator: every index line must lead to its record, and back."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archive.cdx import is_not_modified, record_line
from archive.errors import DamagedFile, StorageError
from archive.members import walk_members
from archive.urlkey import urlkey

_PACKAGE, _DIGEST, _PAGES = "datapackage.json", "datapackage-digest.json", "pages/pages.jsonl"
_IDX = "indexes/index.idx"
_PLAIN = ("indexes/index.cdxj", "indexes/index.cdx")
_WARC = re.compile(r"archive/[^/]+\.warc\.gz")
_VERSIONS = frozenset({"1.0.0", "1.1.0", "1.1.1"})
# What the draft 1.2.0 took out.
_REMOVED = ("wacz_version", "mainPageUrl", "mainPageDate")
_PIECE = 1024 * 1024


def check_wacz(path: Path) -> list[str]:
    """What is wrong with the WACZ ``path``, a sentence each; an empty list means: nothing.

    Checked: the files the specification asks for, sizes and digests of all of them, that the index is sorted, that
    each of its lines leads to the record it describes and each response has its line, that revisits bring their
    originals, and that each page is in the index. Raises ``StorageError`` when the file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _Check(archive).problems()
    except zipfile.BadZipFile as error:
        return [f"{path}: not a ZIP file: {error}"]
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror or error}") from error


class _Check:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._zip = archive
        self._names = archive.namelist()
        self._found: list[str] = []
        self._keys: set[str] = set()

    def problems(self) -> list[str]:
        self._files()
        lines = list(self._index_lines())
        if lines != sorted(lines):
            self._found.append("indexes: the lines are not sorted by their bytes")
        self._keys = {" ".join(line.decode("utf-8", "replace").split(" ", 2)[:2]) for line in lines}
        self._package()
        self._records(lines)
        self._pages()
        return self._found

    def _files(self) -> None:
        if len(set(self._names)) < len(self._names):
            self._found.append("two files of the same name")
        for name in (_PACKAGE, _DIGEST, _PAGES):
            if name not in self._names:
                self._found.append(f"{name} is missing")
        if _IDX not in self._names and not any(name in self._names for name in _PLAIN):
            self._found.append("indexes/index.idx is missing")
        if not any(map(_WARC.fullmatch, self._names)):
            self._found.append("archive/ holds no WARC file")
        for entry in self._zip.infolist():
            read_in_pieces = entry.filename.startswith(("archive/", "indexes/")) and entry.filename.endswith(".gz")
            if read_in_pieces and entry.compress_type != zipfile.ZIP_STORED:
                self._found.append(f"{entry.filename} is compressed again, so that nobody can read pieces of it")
            if self._own_extra(entry) != len(entry.extra):
                self._found.append(f"{entry.filename}: its two headers differ in length; ReplayWeb.page cannot read it")

    def _own_extra(self, entry: zipfile.ZipInfo) -> int:
        """The length of the extra fields in the entry's own header (APPNOTE 4.3.7)."""
        file = self._zip.fp
        assert file is not None
        file.seek(entry.header_offset + 28)
        return int.from_bytes(file.read(2), "little")

    # The package

    def _package(self) -> None:
        package = self._json(_PACKAGE)
        if package is None:
            return
        self._format(package)
        listed = {str(one.get("path")): one for one in package.get("resources") or () if isinstance(one, dict)}
        files = {name for name in self._names if name not in (_PACKAGE, _DIGEST) and not name.endswith("/")}
        self._found += [f"{name}: not listed in {_PACKAGE}" for name in sorted(files - set(listed))]
        self._found += [f"{name}: listed in {_PACKAGE} and not there" for name in sorted(set(listed) - files)]
        for name in sorted(files & set(listed)):
            self._resource(name, listed[name])
        digest = self._json(_DIGEST)
        if digest is not None and digest.get("hash") != f"sha256:{self._sha256(_PACKAGE)[0]}":
            self._found.append(f"{_DIGEST}: not the digest of {_PACKAGE}")

    def _format(self, package: dict[str, Any]) -> None:
        """Profile and version belong together: WACZ 1.0 to 1.1.1 has a number, 1.2.0 a profile of its own."""
        if package.get("profile") == "wacz":
            self._found += [f"{_PACKAGE}: {name} is no part of WACZ 1.2.0" for name in _REMOVED if name in package]
        elif package.get("profile") != "data-package" or package.get("wacz_version") not in _VERSIONS:
            self._found.append(f"{_PACKAGE}: profile or wacz_version is not what WACZ 1 asks for")
        home = package.get("home", {})
        if home and not (isinstance(home, dict) and {"url", "ts"} <= set(home)):
            self._found.append(f"{_PACKAGE}: home does not name a page by url and ts")
        elif home and f"{urlkey(str(home['url']))} {re.sub(r'[^0-9]', '', str(home['ts']))[:14]}" not in self._keys:
            self._found.append(f"{_PACKAGE}: the home page is not in the index")

    def _resource(self, name: str, said: dict[str, Any]) -> None:
        digest, length = self._sha256(name)
        if said.get("hash") != f"sha256:{digest}":
            self._found.append(f"{name}: its digest is not the one in {_PACKAGE}")
        if said.get("bytes") != length:
            self._found.append(f"{name}: {length} bytes, {_PACKAGE} says {said.get('bytes')}")
        if not said.get("name"):
            self._found.append(f"{name}: no name in {_PACKAGE}")

    def _sha256(self, name: str) -> tuple[str, int]:
        digest, length = hashlib.sha256(), 0
        with self._zip.open(name) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                length += len(piece)
        return digest.hexdigest(), length

    def _json(self, name: str) -> dict[str, Any] | None:
        if name not in self._names:
            return None
        try:
            value = json.loads(self._zip.read(name))
        except ValueError as error:
            self._found.append(f"{name}: no JSON ({error})")
            return None
        if not isinstance(value, dict):
            self._found.append(f"{name}: no JSON object")
            return None
        return value

    # The index

    def _index_lines(self) -> Iterator[bytes]:
        if _IDX not in self._names:
            name = next((name for name in _PLAIN if name in self._names), None)
            yield from (self._zip.read(name) if name else b"").splitlines(keepends=True)
            return
        at = 0
        data = b""
        for number, line in enumerate(self._zip.read(_IDX).splitlines()):
            if number == 0 and line.startswith(b"!meta"):
                continue
            try:
                key, stamp, place = line.split(b" ", 2)
                where = json.loads(place)
                data = data or self._zip.read(f"indexes/{where['filename']}")
                block = zlib.decompress(data[where["offset"] : where["offset"] + where["length"]], 31)
            except (ValueError, KeyError, TypeError, zlib.error) as error:
                self._found.append(f"{_IDX}: line {number + 1} leads to no block of the index ({error})")
                continue
            if where["offset"] != at or not block.startswith(key + b" " + stamp + b" "):
                self._found.append(f"{_IDX}: line {number + 1} is not the first key of the block it names")
            at = where["offset"] + where["length"]
            yield from block.splitlines(keepends=True)
        if at != len(data):
            self._found.append(f"{_IDX}: {len(data) - at} bytes of the index are in no block")

    # Records

    def _records(self, lines: list[bytes]) -> None:
        """Make the index again from the WARC files and compare both ways."""
        made: set[bytes] = set()
        ids: set[str] = set()
        referred: dict[str, str] = {}
        with TemporaryDirectory() as scratch:
            for name in filter(_WARC.fullmatch, self._names):
                self._walk(name, Path(scratch) / "one.warc.gz", made, ids, referred)
        said, true = set(map(_canonical, lines)), set(map(_canonical, made))
        for key, what in sorted(said - true):
            self._found.append(f"indexes: {key}: {what} leads to no such record")
        for key, what in sorted(true - said):
            self._found.append(f"indexes: {key}: {what} has no line")
        for revisit, original in referred.items():
            if original not in ids:
                self._found.append(f"the revisit {revisit} refers to {original}, which is not in the WACZ")

    def _walk(self, name: str, scratch: Path, made: set[bytes], ids: set[str], referred: dict[str, str]) -> None:
        with self._zip.open(name) as packed, scratch.open("wb") as out:
            while piece := packed.read(_PIECE):
                out.write(piece)
        file = name.removeprefix("archive/")
        try:
            for offset, length, record in walk_members(scratch):
                line = record_line(record, file, offset, length)
                if line is not None and not is_not_modified(line):
                    made.add(line)
                ids.add(record.record_id)
                original = record.header("WARC-Refers-To")
                if record.type == "revisit" and line is not None and not is_not_modified(line) and original:
                    referred[record.record_id] = original
        except DamagedFile as damage:
            self._found.append(f"{name}: at byte {damage.offset}: {damage.problem}")

    # Pages

    def _pages(self) -> None:
        if _PAGES not in self._names:
            return
        seen: set[str] = set()
        with self._zip.open(_PAGES) as file:
            for number, line in enumerate(file, 1):
                problem = self._header(line) if number == 1 else self._page(line, seen)
                if problem:
                    self._found.append(f"{_PAGES}: line {number}: {problem}")

    @staticmethod
    def _header(line: bytes) -> str | None:
        try:
            header = json.loads(line)
            return None if header["format"] == "json-pages-1.0" and header["id"] else "the header is not json-pages-1.0"
        except (ValueError, KeyError, TypeError):
            return "no header"

    def _page(self, line: bytes, seen: set[str]) -> str | None:
        try:
            page = json.loads(line)
            url, stamp = page["url"], re.sub(r"\D", "", page["ts"])[:14]
            identity, title = page["id"], page["title"]
        except (ValueError, KeyError, TypeError) as error:
            return f"not a page with id, url, title and ts ({error})"
        if identity in seen:
            return f"a second page with the id {identity}"
        seen.add(identity)
        if not title:
            return f"{url} has no title"
        return None if f"{urlkey(url)} {stamp}" in self._keys else f"{url} at {stamp} is not in the index"


def _canonical(line: bytes) -> tuple[str, str]:
    """Key and fields of an index line, the fields in one order; a broken line is itself."""
    text = line.decode("utf-8", "replace").rstrip("\n")
    try:
        key, stamp, fields = text.split(" ", 2)
        return f"{key} {stamp}", json.dumps(json.loads(fields), sort_keys=True)
    except ValueError:
        return text, "a broken line"
