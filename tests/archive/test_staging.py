"""Worker processes that read whole files: one that dies is replaced, a file that kills every one is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archive.errors import BaotinhError
from archive.staging import Readers
from tests.archive.samples import PlainExtractor


def _die_once(path: Path) -> str:
    """End the process that reads ``path`` first; the next one reads it."""
    mark = path.with_suffix(".died")
    if path.name == "b" and not mark.exists():
        mark.touch()
        os._exit(9)
    return path.name


def _die(path: Path) -> str:
    if path.name == "b":
        os._exit(9)
    return path.name


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abc"]
    with Readers(PlainExtractor(), 2, len(paths)) as readers:
        assert readers.each(_die_once, paths) == ["a", "b", "c"]
    assert (tmp_path / "b.died").exists()


def test_a_file_that_kills_every_worker_is_named(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abc"]
    with (
        pytest.raises(BaotinhError, match=rf"{tmp_path / 'b'}: the process that read it ended with 9"),
        Readers(PlainExtractor(), 2, len(paths)) as readers,
    ):
        readers.each(_die, paths)
