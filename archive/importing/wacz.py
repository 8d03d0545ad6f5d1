"""Taking the WARC files out of a WACZ (WACZ 1.0 to 1.2): a ZIP from a stranger; nothing in it names a path of ours."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archive.errors import DamagedFile, StorageError

_WARC = re.compile(r"archive/[^/\\]+\.warc(?:\.gz|\.zst)?")
_PACKAGE = "datapackage.json"
_MAX_PACKAGE = 16 * 1024 * 1024
_MAX_ENTRIES = 100_000
# WARC files in a WACZ are stored, not deflated again; a packed one may be plain text but no bomb.
_MAX_RATIO = 250
_SPARE = 64 * 1024 * 1024


def is_zip(path: Path) -> bool:
    """Whether ``path`` opens like a ZIP file; raises ``StorageError`` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}") from error


class Wacz:
    """The WARC files in a WACZ, each compared with the digest that ``datapackage.json`` names for it.

    Raises ``DamagedFile`` for a file that is no ZIP, holds a name that leads elsewhere, or inflates beyond reason.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
            raise DamagedFile(path, 0, f"not a readable ZIP file: {error}") from error
        try:
            self.names = self._checked_names()
            self._hashes = self._read_hashes()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Wacz:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def _checked_names(self) -> list[str]:
        entries = self._zip.infolist()
        if len(entries) > _MAX_ENTRIES:
            raise DamagedFile(self._path, 0, f"{len(entries)} files in one WACZ: refused")
        names = [entry.filename for entry in entries]
        for entry in entries:
            if _leads_out(entry.orig_filename):
                raise self._damaged(entry, "a name that leads out of the WACZ")
            if _WARC.fullmatch(entry.filename) and entry.file_size > max(_SPARE, _MAX_RATIO * entry.compress_size):
                raise self._damaged(entry, f"it inflates {entry.file_size // max(entry.compress_size, 1)} times")
        if len(set(names)) < len(names):
            raise DamagedFile(self._path, 0, "two files of the same name")
        warcs = sorted(name for name in names if _WARC.fullmatch(name))
        if not warcs:
            raise DamagedFile(self._path, 0, "a ZIP file without archive/*.warc.gz is no WACZ")
        return warcs

    def _read_hashes(self) -> dict[str, str]:
        """What ``datapackage.json`` says of its resources: digest by path; none where there is no such file."""
        try:
            entry = self._zip.getinfo(_PACKAGE)
        except KeyError:
            return {}
        if entry.file_size > _MAX_PACKAGE:
            raise self._damaged(entry, f"{entry.file_size} bytes: refused")
        try:
            package: Any = json.loads(self._zip.read(entry))
            resources = package["resources"]
            return {str(one["path"]): str(one["hash"]) for one in resources if "path" in one and "hash" in one}
        except (ValueError, KeyError, TypeError, RecursionError, zipfile.BadZipFile) as error:
            raise self._damaged(entry, f"it cannot be read ({type(error).__name__}: {error})") from error

    @contextmanager
    def extracted(self, name: str, target: Path) -> Iterator[Path]:
        """The WARC file ``name`` of the WACZ, copied to ``target`` as long as the context lasts.

        Raises ``DamagedFile`` when its bytes are not those that were packed, ``StorageError`` for the disk.
        """
        entry = self._zip.getinfo(name)
        try:
            free = shutil.disk_usage(target.parent).free
            if entry.file_size + _SPARE > free:
                raise StorageError(f"{self._path}: {name} needs {entry.file_size} bytes, {free} are free.")
            digest = self._copy(entry, target)
            expected = self._hashes.get(name, "")
            if expected.startswith("sha256:") and expected.removeprefix("sha256:").lower() != digest:
                raise self._damaged(entry, "its digest is not the one in datapackage.json")
            yield target
        finally:
            target.unlink(missing_ok=True)

    def _copy(self, entry: zipfile.ZipInfo, target: Path) -> str:
        digest = hashlib.sha256()
        try:
            with self._zip.open(entry) as packed, target.open("wb") as out:
                while part := packed.read(1024 * 1024):
                    digest.update(part)
                    out.write(part)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise self._damaged(entry, str(error)) from error
        return digest.hexdigest()

    def _damaged(self, entry: zipfile.ZipInfo, problem: str) -> DamagedFile:
        return DamagedFile(self._path, entry.header_offset, f"{entry.filename!r}: {problem}")


def _leads_out(name: str) -> bool:
    """Whether an unzipper that trusts ``name`` would write elsewhere than into its own folder."""
    parts = re.split(r"[/\\]", name)
    return ".." in parts or parts[0] == "" or ":" in parts[0] or "\0" in name
