"""Checks of CDXJ files against the WARC records they index, and of the merged index against the CDXJ files."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from archive.access import PurgeList
from archive.cdx import INDEX, index_path, is_not_modified, record_line
from archive.httpmessage import ResponseMessage
from archive.layout import DataFolder
from archive.members import Record
from archive.verify.report import Report

_REMEDY: Final = "run `baotinh rebuild`"
_FILENAME: Final = re.compile(rb'"filename": ("[^"]*")\}\n\Z')


class CdxCheck:
    """Compares the CDXJ of one WARC file with its records, one after another; ``left_out`` must have no line."""

    def __init__(self, folder: DataFolder, name: str, left_out: PurgeList, report: Report) -> None:
        self._name = name
        self._left_out = left_out
        self._report = report
        self._unmatched: list[tuple[int, str | None, bytes]] = []
        self._lines: set[bytes] | None = None
        path = index_path(folder, name)
        try:
            lines = path.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            report.add("missing-cdxj", name, f"there is no {path.relative_to(folder.path)}: {_REMEDY}")
        except OSError as error:
            report.add("missing-cdxj", name, f"{path.relative_to(folder.path)} cannot be read: {error.strerror}")
        else:
            self._lines = {line for line in lines if not left_out.covers_line(line)}
            _check_order(path.name, lines, report)
            for line in lines if len(self._lines) < len(lines) else ():
                self._unlisted(line)

    def _unlisted(self, line: bytes) -> None:
        if self._left_out.covers_line(line):
            fields = _fields(line)
            place = fields.get("offset", "")
            message = f"the address is unlisted and has a CDXJ line: {_REMEDY}"
            offset = int(place) if place.isdecimal() else None
            self._report.add("unlisted", self._name, message, offset, fields.get("url"))

    def record(self, record: Record, offset: int, length: int, parsed: ResponseMessage | None = None) -> None:
        """Look for the line of ``record``; ``parsed`` is its block where that has been parsed already."""
        line = record_line(record, self._name, offset, length, parsed)
        if line is None or self._lines is None or self._left_out.covers_line(line):
            return
        if line in self._lines:
            self._lines.discard(line)
        else:
            self._unmatched.append((offset, record.url, line))

    def finish(self, known_lost: Collection[int]) -> None:
        """Report what was left over; records at the offsets ``known_lost`` are reported as lost already."""
        by_offset = {_fields(line).get("offset"): line for line in sorted(self._lines or ())}
        for offset, url, line in self._unmatched:
            found = by_offset.pop(str(offset), None)
            said = f"its CDXJ line differs in {_differences(line, found)}" if found else "it has no CDXJ line"
            self._report.add("cdxj-differs", self._name, f"{said}: {_REMEDY}", offset, url)
        for place, line in by_offset.items():
            if place is None or not place.isdecimal():
                self._report.add("cdxj-differs", self._name, f"no CDXJ line: {line[:80]!r}: {_REMEDY}")
            elif int(place) not in known_lost:
                message = f"a CDXJ line points here, but no such record begins here: {_REMEDY}"
                self._report.add("cdxj-differs", self._name, message, int(place), _fields(line).get("url"))


def _check_order(name: str, lines: list[bytes], report: Report) -> None:
    for number, (before, line) in enumerate(pairwise(lines), 2):
        if not before < line:
            report.add("cdxj-differs", name, f"line {number} is not sorted by bytes, or doubled: {_REMEDY}")
            return


def _fields(line: bytes) -> dict[str, str]:
    try:
        fields = json.loads(line.split(b" ", 2)[2])
    except (ValueError, IndexError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _differences(expected: bytes, found: bytes) -> str:
    """The names of what differs between two lines."""
    mine, other = (_fields(line) for line in (expected, found))
    names = [name for name in sorted({*mine, *other}) if mine.get(name) != other.get(name)]
    if expected.split(b" ")[:2] != found.split(b" ")[:2]:
        names.insert(0, "key or time")
    return ", ".join(names) or "form"


def check_index(folder: DataFolder, names: Iterable[str], report: Report) -> None:
    """The merged index must hold the lines of each CDXJ file, those of answers 304 left out, in order and once.

    Memory is a few numbers for each WARC file: lines are compared by count and by the sum of their hashes.
    """
    present = [name for name in names if index_path(folder, name).is_file()]
    index = folder.cdx / INDEX
    if not index.is_file():
        if present:
            report.add("cdxj-index", INDEX, f"there is no {index.relative_to(folder.path)}: {_REMEDY}")
        return
    merged = _sums_of_index(index, report)
    for name in present:
        with index_path(folder, name).open("rb") as lines:
            expected = _sum(line for line in lines if not is_not_modified(line))
        if merged.pop(name, (0, 0)) != expected:
            report.add("cdxj-index", INDEX, f"it does not hold the lines of {name} as its CDXJ has them: {_REMEDY}")
    for name in sorted(merged):
        if not index_path(folder, name).is_file():
            report.add("cdxj-index", INDEX, f"it has lines of {name}, which has no CDXJ: {_REMEDY}")


def _sums_of_index(index: Path, report: Report) -> dict[str, tuple[int, int]]:
    sums: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    unsorted = 0
    with index.open("rb") as lines:
        for number, (before, line) in enumerate(_with_previous(lines), 1):
            unsorted = unsorted or (number if before >= line else 0)
            match = _FILENAME.search(line)
            name = _unquoted(match.group(1)) if match else ""
            count, total = sums[name]
            sums[name] = (count + 1, total + _hash(line))
    if unsorted:
        report.add("cdxj-index", INDEX, f"line {unsorted} is not sorted by bytes, or doubled: {_REMEDY}")
    if sums.pop("", None):
        report.add("cdxj-index", INDEX, f"it has lines that name no WARC file: {_REMEDY}")
    return dict(sums)


@lru_cache(maxsize=1024)
def _unquoted(name: bytes) -> str:
    return str(json.loads(name))


def _with_previous(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    before = b""
    for line in lines:
        yield before, line
        before = line


def _sum(lines: Iterable[bytes]) -> tuple[int, int]:
    count = total = 0
    for line in lines:
        count += 1
        total += _hash(line)
    return count, total


def _hash(line: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(line, digest_size=8).digest(), "big")
