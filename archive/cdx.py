"""CDXJ: where each captured address lies in the WARC files, a sorted line each, for replay tools.

Format: a line is the SURT form of the URL, the 14-digit UTC time, and a JSON object with ``url``, ``mime``,
``status``, ``digest``, ``length``, ``offset`` and ``filename``, all strings, as cdxj-indexer writes it. Each WARC
file has its own complete index, ``cdx/<warc name>.cdxj``; ``cdx/index.cdxj`` is all of them merged for replay.
"""

from __future__ import annotations

import fcntl
import heapq
import json
import mmap
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final

from archive.access import NOTHING, PurgeList, unlisted
from archive.errors import DamagedFile, StorageError
from archive.files import sync_folder, write_whole
from archive.httpmessage import ResponseMessage, parse_response
from archive.layout import OPEN_SUFFIX, DataFolder
from archive.members import Record, walk_members
from archive.records import sha1_base32
from archive.urlkey import urlkey

SUFFIX: Final = ".cdxj"
INDEX: Final = "index.cdxj"
_JSON: Final = json.JSONEncoder()
_INDEXED: Final = frozenset({"response", "revisit", "resource", "metadata"})
_MIME_END: Final = re.compile(r"[;\s]")
# Replay tools show a bare 304 to the reader instead of the page it stands for.
_NOT_MODIFIED: Final = b'"status": "304"'
_FILES_AT_ONCE: Final = 200


def cdxj_line(url: str, date: datetime, fields: dict[str, str]) -> bytes:
    """One line, its end included; ``date`` is aware, ``fields`` are the JSON object's without ``url``."""
    url = url.replace(" ", "%20")
    stamp = f"{date.astimezone(UTC):%Y%m%d%H%M%S}"
    return f"{urlkey(url)} {stamp} {_JSON.encode({'url': url, **fields})}\n".encode()


def capture_fields(
    kind: str, message: ResponseMessage | None, digest: str | None, place: tuple[str, int, int]
) -> dict[str, str]:
    """The fields of a response or revisit line; ``place`` is file name, offset and length in bytes."""
    mime = "warc/revisit" if kind == "revisit" else message.header("Content-Type") if message else None
    name, offset, length = place
    fields = {
        "mime": _MIME_END.split(mime, maxsplit=1)[0] if mime is not None else None,
        "status": str(message.status) if message else None,
        "digest": digest,
        "length": str(length),
        "offset": str(offset),
        "filename": name,
    }
    return {key: value for key, value in fields.items() if value is not None}


def record_line(
    record: Record, name: str, offset: int, length: int, parsed: ResponseMessage | None = None
) -> bytes | None:
    """The line of ``record`` at ``offset`` of the file ``name``; ``None`` for records that are not indexed.

    ``parsed`` is its block where that has been parsed already. Not indexed are requests, warcinfo, and notes of the
    crawler itself (``application/warc-fields``).
    """
    own_type = record.header("Content-Type")
    if record.type not in _INDEXED or record.url is None:
        return None
    place = (name, offset, length)
    digest = record.header("WARC-Payload-Digest")
    if record.type in ("response", "revisit"):
        message = parsed or parse_response(record.block)
        if digest is None and record.type == "response":
            digest = sha1_base32(message.payload if message else record.block)
        return cdxj_line(record.url, record.date, capture_fields(record.type, message, digest, place))
    if own_type == "application/warc-fields":
        return None
    fields = capture_fields("resource", None, digest or sha1_base32(record.block), place)
    mime = {"mime": _MIME_END.split(own_type, maxsplit=1)[0]} if own_type else {}
    return cdxj_line(record.url, record.date, {**mime, **fields})


def cdxj_lines(path: Path, name: str | None = None, left_out: PurgeList = NOTHING) -> list[bytes]:
    """The sorted lines of the WARC file ``path`` but those of ``left_out``, made from the file alone.

    ``name`` is the file name that the lines carry, by default the file's own without ``.open``. Raises
    ``DamagedFile`` at the first record that is not whole.
    """
    named = name or path.name.removesuffix(OPEN_SUFFIX)
    lines = {record_line(record, named, offset, length) for offset, length, record in walk_members(path)}
    return sorted(line for line in lines if line is not None and not left_out.covers_line(line))


def index_path(folder: DataFolder, warc_name: str) -> Path:
    """Where the CDXJ of the WARC file ``warc_name`` lies."""
    return folder.cdx / (warc_name + SUFFIX)


def index_warc(folder: DataFolder, path: Path, into: DataFolder | None = None) -> Path:
    """Write the CDXJ of the WARC file ``path`` of ``folder`` anew, unlisted addresses left out.

    It goes into the data folder ``into``, by default the same one, where ``merge_index`` then takes it up.
    """
    target = index_path(into or folder, path.name.removesuffix(OPEN_SUFFIX))
    write_whole(target, cdxj_lines(path, left_out=unlisted(folder)))
    target.with_name(target.name + OPEN_SUFFIX).unlink(missing_ok=True)
    return target


def index_unless_damaged(folder: DataFolder, into: DataFolder, path: Path) -> str | None:
    """``index_warc``; of a damaged file, which gets no CDXJ, what is wrong with it."""
    try:
        index_warc(folder, path, into)
    except DamagedFile as damage:
        return str(damage)
    return None


def index_files(folder: DataFolder) -> list[Path]:
    """The CDXJ files of all WARC files, sorted by name; the merged index is not one of them."""
    return sorted(path for path in folder.cdx.glob(f"*{SUFFIX}") if path.name != INDEX)


class CdxFile:
    """The CDXJ of a WARC file while that is written: lines as they come in ``<name>.cdxj.open``, sorted at the end.

    ``folder`` is ``cdx/`` of the data folder. ``close`` leaves a whole file or raises ``StorageError``. A disk that
    refuses a line refuses no capture: what is missing is read from the WARC file at the end.
    """

    def __init__(self, folder: Path, warc_name: str) -> None:
        self._name = warc_name
        self._final = folder / (warc_name + SUFFIX)
        self._staged = self._final.with_name(self._final.name + OPEN_SUFFIX)
        self._file: IO[bytes] | None = None
        self._whole = True

    def add(self, line: bytes) -> None:
        """Keep ``line``."""
        try:
            if self._file is None and self._whole:
                self._final.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._staged.open("wb")
            if self._file is not None:
                self._file.write(line)
        except OSError:
            self._whole = False

    def close(self, warc: Path) -> None:
        """Write the sorted file and remove what was staged; ``warc`` is the WARC file, synced and still open.

        Addresses that were unlisted while it was written are left out.
        """
        left_out = unlisted(DataFolder(self._final.parent.parent))
        lines = self._lines(left_out) if self._whole else None
        write_whole(self._final, cdxj_lines(warc, self._name, left_out) if lines is None else lines)
        try:
            self._staged.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"{self._staged}: it cannot be removed: {error.strerror}. Mend the disk, then start again."
            ) from error

    def _lines(self, left_out: PurgeList) -> list[bytes] | None:
        if self._file is None:
            return []
        try:
            self._file.close()
            with self._staged.open("rb") as file:
                return sorted(line for line in set(file) if not left_out.covers_line(line))
        except OSError:
            return None


def merge_index(folder: DataFolder) -> bool:
    """Bring ``cdx/index.cdxj`` up to date with the CDXJ files; returns whether anything had to be written.

    Answers with status 304 are left out. Lines of new files are spliced into a copy of the index: the cost is one
    sequential copy and a binary search per new line, whatever the number of files. An index whose files changed or
    went away is merged anew. Safe to call from several processes at once. Raises ``StorageError``.
    """
    with _locked(folder):
        target = folder.cdx / INDEX
        seen = _read_state(folder, target)
        files = {path.name: path for path in index_files(folder)}
        now = {name: _stamp(path) for name, path in files.items()}
        if seen == now and (target.exists() or not files):
            return False
        grown = bool(seen) and all(now.get(name) == stamp for name, stamp in seen.items())
        added = [path for name, path in files.items() if not grown or name not in seen]
        with ExitStack() as stack:
            lines = _without_not_modified(_merged(added, stack, folder.cdx))
            write_whole(target, _splice(target, lines) if grown else lines)
        _write_state(folder, target, now)
    return True


def _without_not_modified(lines: Iterable[bytes]) -> Iterator[bytes]:
    last = b""
    for line in lines:
        if line != last and not is_not_modified(line):
            yield line
        last = line


def is_not_modified(line: bytes) -> bool:
    """Whether ``line`` stands for an answer 304, which the merged index leaves out."""
    return _NOT_MODIFIED in line


def _merged(paths: list[Path], stack: ExitStack, scratch: Path) -> Iterator[bytes]:
    """The lines of sorted files in order; of many files, groups are merged into nameless files first."""
    opened: list[Any] = [_open(path, stack) for path in paths[:_FILES_AT_ONCE]]
    rest = iter(paths[_FILES_AT_ONCE:])
    while group := list(islice(rest, _FILES_AT_ONCE)):
        opened = [_gathered(opened, stack, scratch)] + [_open(path, stack) for path in group]
    return heapq.merge(*opened)


def _open(path: Path, stack: ExitStack) -> IO[bytes]:
    return stack.enter_context(path.open("rb"))


def _gathered(opened: list[Any], stack: ExitStack, scratch: Path) -> IO[bytes]:
    gathered: IO[bytes] = stack.enter_context(TemporaryFile(dir=scratch))  # noqa: SIM115
    gathered.writelines(heapq.merge(*opened))
    gathered.seek(0)
    for file in opened:
        file.close()
    return gathered


def _splice(base: Path, lines: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    """The bytes of the sorted file ``base`` with sorted ``lines`` put in; lines that it has already stay single."""
    if base.stat().st_size == 0:
        yield from lines
        return
    with base.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as old, memoryview(old) as view:
        at = 0
        for line in lines:
            place = _first_not_below(old, line, at)
            with view[at:place] as before:
                yield before
            at = place
            if old[at : at + len(line)] != line:
                yield line
        with view[at:] as rest:
            yield rest


def _first_not_below(old: mmap.mmap, line: bytes, low: int) -> int:
    """The offset of the first line of ``old`` from ``low`` on that is not below ``line``."""
    high = len(old)
    while low < high:
        middle = (low + high) // 2
        start = old.rfind(b"\n", low, middle) + 1 or low
        end = old.find(b"\n", middle) + 1 or len(old)
        if old[start:end] < line:
            low = end
        else:
            high = start
    return low


@contextmanager
def _locked(folder: DataFolder) -> Iterator[None]:
    try:
        folder.state.mkdir(parents=True, exist_ok=True)
        folder.cdx.mkdir(parents=True, exist_ok=True)
        with (folder.state / "cdx.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise StorageError(f"{folder.cdx}: merging the index failed: {error.strerror or error}") from error


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _read_state(folder: DataFolder, target: Path) -> dict[str, list[int]]:
    """The files that the index was merged from; nothing when the index is not the one that was written then."""
    try:
        state = json.loads((folder.state / "cdx.json").read_bytes())
        known: dict[str, list[int]] = state["files"] if state["index"] == _stamp(target) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return known


def _write_state(folder: DataFolder, target: Path, files: dict[str, list[int]]) -> None:
    state = {"index": _stamp(target), "files": files}
    write_whole(folder.state / "cdx.json", [json.dumps(state, sort_keys=True).encode()])


def remove_index(folder: DataFolder, warc_name: str) -> None:
    """Delete the CDXJ of a WARC file that is no more; ``merge_index`` then drops its lines."""
    path = index_path(folder, warc_name)
    path.unlink(missing_ok=True)
    path.with_name(path.name + OPEN_SUFFIX).unlink(missing_ok=True)
    if folder.cdx.is_dir():
        sync_folder(folder.cdx)
