"""Mending by hand: salvage named files, or what dead runs left, and bring the tables in line with what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.access import unlisted
from archive.cdx import cdxj_lines, index_path
from archive.claims import door
from archive.corpus import reading_corpus
from archive.dedupe import discard
from archive.layout import OPEN_SUFFIX, DataFolder
from archive.model import Extractor
from archive.purge.steps import resume
from archive.rebuild import Rebuild, rebuild
from archive.recovery import recover
from archive.salvage import Salvage, salvage_closed, salvage_copy


@dataclass(slots=True)
class Mended:
    """What became of each file, and what was done to the tables, a sentence each."""

    salvaged: list[Salvage] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain values for JSON."""
        return {"files": [one.as_dict() for one in self.salvaged], "rows": self.rows}


def mend(folder: DataFolder, extractor: Extractor, files: Sequence[str], jobs: int) -> Mended:
    """Salvage ``files``, names in the archive or paths of others; without any, take over what dead runs left.

    A closed file of the archive is mended under its name, its CDXJ and rows are made again. Raises
    ``StorageError`` when the disk refuses and ``UsageError`` when a file is being written.
    """
    done = Mended()
    resume(folder, extractor)
    places = [_place(folder, name) for name in files]
    if not places or any(_is_open(folder, path) for path in places):
        with door(folder):
            recovery = recover(folder, extractor, jobs)
        done.salvaged += recovery.salvaged
        done.rows += recovery.row_lines()
    for path in places:
        if _is_open(folder, path):
            continue
        if path.parent.resolve() == folder.warc.resolve():
            _mend_own(folder, extractor, path, jobs, done)
        else:
            done.salvaged.append(salvage_copy(path))
    return done


def _place(folder: DataFolder, name: str) -> Path:
    return Path(name) if Path(name).is_file() else folder.warc / Path(name).name


def _is_open(folder: DataFolder, path: Path) -> bool:
    return path.parent.resolve() == folder.warc.resolve() and path.name.endswith(OPEN_SUFFIX)


def _mend_own(folder: DataFolder, extractor: Extractor, path: Path, jobs: int, done: Mended) -> None:
    """Mend a closed file; what no longer agrees with it is made again, also if that was interrupted before."""
    found = salvage_closed(path)
    _name_lost(folder, found)
    done.salvaged.append(found)
    if found.result is not None and _agrees(folder, path):
        return
    discard(folder)
    made = rebuild(folder, extractor, Rebuild(file=path.name), jobs)
    done.rows.append(f"made {made.captures} captures and {made.articles} articles rows of its portals")


def _agrees(folder: DataFolder, path: Path) -> bool:
    """Whether the CDXJ is that of the file as it is now."""
    index = index_path(folder, path.name)
    return index.exists() and index.read_bytes() == b"".join(cdxj_lines(path, left_out=unlisted(folder)))


def _name_lost(folder: DataFolder, found: Salvage) -> None:
    """Add the addresses of rows that point into lost bytes."""
    if not found.lost:
        return
    with reading_corpus(folder) as database:
        for lost in found.lost:
            query = (
                "SELECT url FROM captures WHERE warc_filename = ? AND warc_record_offset >= ? "
                "AND warc_record_offset < ? ORDER BY warc_record_offset"
            )
            rows = database.execute(query, [found.path.name, lost.start, lost.end]).fetchall()
            lost.urls = list(dict.fromkeys([*lost.urls, *(url for (url,) in rows)]))
