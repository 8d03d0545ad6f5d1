"""Rows of a WARC file that came from outside, made as ``rebuild`` makes them."""

from __future__ import annotations

import shutil
from pathlib import Path

from archive.access import unlisted
from archive.cdx import index_path, index_warc, merge_index
from archive.claims import door
from archive.errors import DamagedFile
from archive.importing.files import workshop
from archive.layout import DataFolder
from archive.model import Extractor
from archive.owed import RowCounts, publish_rows
from archive.staging import Progress, Readers, StageTask, stage_files


def make_rows(
    folder: DataFolder, extractor: Extractor, path: Path, run_id: str, progress: Progress | None = None
) -> RowCounts:
    """Index the closed WARC file ``path``, make its rows, publish them under ``run_id``, whose claim the caller has.

    Pages are read in a process of their own, so that one that crashes or hangs costs that page only. ``progress`` is
    told bytes done and bytes in all. Raises ``DamagedFile`` when the file is not whole and ``StorageError`` when the
    disk refuses; the next start of anything then makes the rows.
    """
    if not index_path(folder, path.name).exists():
        index_warc(folder, path)
    merge_index(folder)
    stage = DataFolder(workshop(folder, run_id) / "rows")
    with Readers(extractor, 1, 1) as readers:
        (staged,) = stage_files([StageTask(path, stage, folder, unlisted(folder))], readers, progress)
    if staged.lost:
        raise DamagedFile(path, 0, "; ".join(staged.lost))
    # Behind the door nobody else numbers versions.
    with door(folder):
        counts = publish_rows(folder, stage, [staged], run_id, extractor)
    shutil.rmtree(workshop(folder, run_id), ignore_errors=True)
    return counts
