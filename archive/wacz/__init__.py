"""``export wacz``: a part of the archive as one file that browsers replay.

Format: WACZ 1.1.1 (https://specs.webrecorder.net/wacz/1.1.1/) or the draft 1.2.0 (https://specs.webrecorder.net/wacz/1.2.0/),
which differ in ``datapackage.json`` alone: ``archive/`` with WARC files, ``indexes/`` with a compressed CDXJ
(``index.cdx.gz`` in blocks, ``index.idx`` naming them), ``pages/pages.jsonl`` with title and text of each article page,
``datapackage.json`` with digests, ``datapackage-digest.json`` with its own. Records are copied as the gzip members they
are; the same archive and selection give the same bytes.
"""

from __future__ import annotations

import heapq
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, Final, Literal

from archive.cdx import is_not_modified, record_line
from archive.errors import DamagedFile, StorageError, UsageError
from archive.files import PART_SUFFIX, sync_folder
from archive.layout import DataFolder
from archive.members import Record, walk_members
from archive.wacz.check import check_wacz
from archive.wacz.select import Chosen, PageRow, Selection, choose
from archive.wacz.zip import EntryWriter, StoredZip

__all__ = ["DRAFT", "RECOMMENDED", "WACZ_VERSIONS", "Exported", "Selection", "WaczVersion", "check_wacz", "export_wacz"]

WaczVersion = Literal["1.1.1", "1.2.0"]
RECOMMENDED: Final[WaczVersion] = "1.1.1"
DRAFT: Final[WaczVersion] = "1.2.0"
WACZ_VERSIONS: Final[tuple[WaczVersion, ...]] = (RECOMMENDED, DRAFT)
ALL = Selection()
_LINES = 300
_FILES_AT_ONCE = 200
_PIECE = 1024 * 1024
_BESIDE = frozenset({"request", "metadata"})

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Exported:
    """What an exported WACZ holds, in counts, and its length in bytes."""

    path: Path
    files: int = 0
    records: int = 0
    lines: int = 0
    pages: int = 0
    bytes: int = 0
    first_page: PageRow | None = field(default=None, repr=False)


def export_wacz(
    folder: DataFolder,
    out: Path,
    selection: Selection = ALL,
    progress: Progress | None = None,
    wacz_version: WaczVersion = RECOMMENDED,
) -> Exported:
    """Write the records that ``selection`` names into the WACZ ``out``, which appears whole or not at all.

    The recommended version carries what the draft adds as well; the draft alone leaves out what it removed, and with
    that neither the public validator nor ReplayWeb.page takes it. ``progress`` is told bytes read and bytes in all.
    Raises ``UsageError`` when nothing is chosen, ``DamagedFile`` for a damaged WARC file, ``StorageError`` when the
    disk refuses.
    """
    if not folder.path.is_dir():
        raise StorageError(f"{folder.path} does not exist. Name the data folder with --data or ARCHIVE_DIR.")
    if out.suffix != ".wacz":
        raise UsageError(f"{out}: the name of a WACZ ends in .wacz, or replay tools do not know it.")
    part = out.with_name(out.name + PART_SUFFIX)
    with choose(folder, selection) as chosen:
        try:
            with part.open("wb") as file:
                exported = _Export(folder, chosen, selection, file, progress, wacz_version).write(out)
                file.flush()
                os.fsync(file.fileno())
            part.rename(out)
            sync_folder(out.parent)
        except OSError as error:
            raise StorageError(
                f"{error.filename or out}: the export failed: {error.strerror or error}. Free space, then export again."
            ) from error
        finally:
            part.unlink(missing_ok=True)
    exported.bytes = out.stat().st_size
    return exported


class _Export:
    """Writes one WACZ, file by file; of the index only one line in 300 is held in memory."""

    def __init__(
        self,
        folder: DataFolder,
        chosen: Chosen,
        selection: Selection,
        file: BinaryIO,
        progress: Progress | None,
        wacz_version: WaczVersion,
    ) -> None:
        self._folder = folder
        self._version = wacz_version
        self._chosen = chosen
        self._selection = selection
        self._zip = StoredZip(file)
        self._progress = progress

    def write(self, out: Path) -> Exported:
        exported = Exported(out)
        names = self._chosen.files()
        total = sum(self._folder.find_warc(name).stat().st_size for name in names)
        done = 0
        with ExitStack() as stack:
            stack.callback(self._zip.close)
            indexes: list[IO[bytes]] = []
            for name in names:
                if len(indexes) == _FILES_AT_ONCE:
                    indexes = [_gathered(indexes, stack, out.parent)]
                indexes.append(_scratch(stack, out.parent))
                self._copy_file(name, indexes[-1], exported)
                done += self._folder.find_warc(name).stat().st_size
                if self._progress is not None:
                    self._progress(done, total)
            self._write_index(heapq.merge(*indexes), _scratch(stack, out.parent))
            self._write_pages(names, exported, _scratch(stack, out.parent))
            self._write_package(exported)
        return exported

    def _copy_file(self, name: str, index: IO[bytes], exported: Exported) -> None:
        """Copy the chosen members of one WARC file, and keep its sorted index lines in ``index``."""
        path = self._folder.find_warc(name)
        plan = _Plan(self._chosen.records(name))
        for offset, length, record in walk_members(path):
            plan.add(record, name, offset, length)
        plan.check(path)
        spans = plan.spans()
        length = sum(length for _, length in spans)
        with self._zip.entry(f"archive/{name}", length) as entry, path.open("rb") as source:
            moved = _copy_members(source, spans, entry)
        lines = sorted({_moved(line, moved[offset]) for offset, line in plan.lines.items()})
        index.writelines(lines)
        index.seek(0)
        exported.files += 1
        exported.records += len(moved)
        exported.lines += len(lines)

    def _write_index(self, lines: Iterable[bytes], scratch: IO[bytes]) -> None:
        """The ZipNum index: blocks of lines, a gzip member each, and the first key of each block with its place."""
        idx = [b'!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n']
        for block in _blocks(lines):
            packed = _gzipped(b"".join(block))
            place = {"offset": scratch.tell(), "length": len(packed), "filename": "index.cdx.gz"}
            key = b" ".join(block[0].split(b" ", 2)[:2])
            idx.append(key + b" " + json.dumps(place).encode() + b"\n")
            scratch.write(packed)
        self._zip.copy("indexes/index.cdx.gz", scratch)
        self._zip.add("indexes/index.idx", b"".join(idx))

    def _write_pages(self, names: list[str], exported: Exported, scratch: IO[bytes]) -> None:
        header = {"format": "json-pages-1.0", "id": "pages", "title": "Articles", "hasText": True}
        scratch.write(_json_line(header))
        for name in names:
            for page in self._chosen.pages(name):
                scratch.write(_json_line(_page(page)))
                exported.first_page = exported.first_page or page
                exported.pages += 1
        self._zip.copy("pages/pages.jsonl", scratch)

    def _write_package(self, exported: Exported) -> None:
        resources = [
            {"name": entry.path.rpartition("/")[2], "path": entry.path, "hash": f"sha256:{entry.sha256}"}
            | {"bytes": entry.length}
            for entry in self._zip.entries
        ]
        package: dict[str, Any] = {
            **_kind(self._version),
            "title": f"baotinh: {self._selection.description}"[:200],
            "description": f"Export of {self._selection.description}.",
            "software": f"baotinh/{version('baotinh')}",
            "created": _iso(self._chosen.newest()),
            **_home(exported.first_page, self._version),
            "resources": resources,
        }
        data = json.dumps(package, ensure_ascii=False, indent=2).encode()
        sealed = self._zip.add("datapackage.json", data)
        digest = {"path": "datapackage.json", "hash": f"sha256:{sealed.sha256}"}
        self._zip.add("datapackage-digest.json", json.dumps(digest, indent=2).encode())


def _kind(wacz_version: WaczVersion) -> dict[str, str]:
    """What a package says of its own format; the draft has another profile and no version."""
    return {"profile": "wacz"} if wacz_version == DRAFT else {"profile": "data-package", "wacz_version": wacz_version}


def _home(page: PageRow | None, wacz_version: WaczVersion) -> dict[str, Any]:
    """The page to open first, in the words of the draft and, before it, in the older ones too."""
    if page is None:
        return {}
    home = {"home": {"url": page.url, "ts": _iso(page.fetched)}}
    if wacz_version == DRAFT:
        return home
    return {"mainPageUrl": page.url, "mainPageDate": _iso(page.fetched), **home}


class _Plan:
    """Which members of one WARC file are copied: those chosen, what belongs to them, and every warcinfo record."""

    def __init__(self, chosen: dict[int, str]) -> None:
        self._chosen = chosen
        self._ids = set(chosen.values())
        self._spans: dict[int, int] = {}
        # Requests and metadata by the ids they name and bear: their response may come before or after them.
        self._beside: dict[str, list[tuple[int, int]]] = {}
        self._wanted: set[str] = set()
        self.lines: dict[int, bytes] = {}

    def add(self, record: Record, name: str, offset: int, length: int) -> None:
        """Take note of a member of the file."""
        related = _names_of(record)
        if offset in self._chosen:
            self._spans[offset] = length
            self._wanted |= related
            line = record_line(record, name, offset, length)
            if line is not None and not is_not_modified(line):
                self.lines[offset] = line
        elif record.type == "warcinfo":
            self._spans[offset] = length
        elif record.type in _BESIDE:
            for identity in (record.record_id, *related):
                self._beside.setdefault(identity, []).append((offset, length))

    def check(self, path: Path) -> None:
        """Raise ``DamagedFile`` when a chosen record does not begin where its row says."""
        missing = sorted(set(self._chosen) - set(self._spans))
        if missing:
            raise DamagedFile(path, missing[0], "no record begins here, but a row says so: run `baotinh verify`")

    def spans(self) -> list[tuple[int, int]]:
        """Offset and length of each member to copy, in the order of the file."""
        for identity in self._ids | self._wanted:
            self._spans.update(self._beside.get(identity, ()))
        return sorted(self._spans.items())


def _names_of(record: Record) -> set[str]:
    """The ids of the records that ``record`` says it belongs to (WARC 1.1 §5.7)."""
    wanted = ("warc-concurrent-to",) if record.type != "metadata" else ("warc-concurrent-to", "warc-refers-to")
    return {value for key, value in record.headers if key.lower() in wanted}


def _copy_members(source: BinaryIO, spans: Iterable[tuple[int, int]], entry: EntryWriter) -> dict[int, int]:
    """Copy the members byte for byte; gives the new offset of each by the old one."""
    moved: dict[int, int] = {}
    for offset, length in spans:
        moved[offset] = entry.length
        source.seek(offset)
        rest = length
        while rest:
            piece = source.read(min(rest, _PIECE))
            if not piece:
                raise DamagedFile(str(source.name), offset, "the file became shorter while it was exported")
            entry.write(piece)
            rest -= len(piece)
    return moved


def _moved(line: bytes, offset: int) -> bytes:
    """The index line with another offset."""
    key, stamp, fields = line.split(b" ", 2)
    return b"%s %s %s\n" % (key, stamp, json.dumps(json.loads(fields) | {"offset": str(offset)}).encode())


def _scratch(stack: ExitStack, folder: Path) -> IO[bytes]:
    file: IO[bytes] = stack.enter_context(TemporaryFile(dir=folder))  # noqa: SIM115
    return file


def _gathered(indexes: list[IO[bytes]], stack: ExitStack, folder: Path) -> IO[bytes]:
    """One sorted file of many, which are closed: a process may hold some hundred files open."""
    gathered = _scratch(stack, folder)
    gathered.writelines(heapq.merge(*indexes))
    gathered.seek(0)
    for file in indexes:
        file.close()
    return gathered


def _blocks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    block: list[bytes] = []
    for line in lines:
        block.append(line)
        if len(block) == _LINES:
            yield block
            block = []
    if block:
        yield block


def _gzipped(data: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    return engine.compress(data) + engine.flush()


def _page(page: PageRow) -> dict[str, str]:
    text = "\n\n".join(filter(None, (page.lead, page.text)))
    said = {"title": page.title or page.url, "text": text} if text else {"title": page.title or page.url}
    identity = page.record_id.strip("<>").rpartition(":")[2]
    return {"id": identity, "url": page.url, "ts": _iso(page.fetched), **said}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json_line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
