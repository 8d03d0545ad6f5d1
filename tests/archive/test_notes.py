"""What the crawler writes beside an exchange: read, indexed, mended, exported and purged like what it belongs to."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.cdx import cdxj_lines
from archive.layout import DataFolder
from archive.members import walk_members
from archive.model import Exchange
from archive.purge.orders import purge
from archive.rebuild import Rebuild, rebuild
from archive.salvage import salvage_closed
from archive.wacz import check_wacz, export_wacz
from archive.wacz.select import Selection
from tests.archive.crawled import FIRST_RUN, ROBOTS, SECOND_RUN, begun, check, exchange, tables
from tests.archive.purging import holders, order
from tests.archive.samples import FIRST_FETCH, PAGES, PlainExtractor

CANARY = "cấm cả trang"
FIELDS = [("robots-decision", "disallow-all"), ("robots-reason", f"{CANARY}\r\nWARC-Type: response")]
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 27\r\n\r\nUser-agent: *\nDisallow: /x\n"


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Two runs that read the same robots.txt, the second time as a revisit, and noted what they made of it."""
    folder = DataFolder(tmp_path / "data")
    for number, run_id in enumerate((FIRST_RUN, SECOND_RUN)):
        run = begun(folder, run_id)
        started = FIRST_FETCH + timedelta(days=number)
        sent = b"GET /robots.txt HTTP/1.1\r\nHost: baocaobang.vn\r\n\r\n"
        robots = run.record(Exchange(ROBOTS, started, sent, ANSWER, via="robots"))
        run.record(exchange(PAGES[number], started + timedelta(seconds=1)))
        run.note(ROBOTS, robots, FIELDS)
        run.close()
    return folder


def _notes(folder: DataFolder) -> list[tuple[Path, int, int]]:
    return [
        (path, offset, length)
        for path in folder.warc_files()
        for offset, length, record in walk_members(path)
        if record.type == "metadata"
    ]


def test_a_note_names_the_record_it_belongs_to(folder: DataFolder) -> None:
    for path in folder.warc_files():
        with path.open("rb") as file:
            records = list(ArchiveIterator(file, check_digests="raise"))
            assert [record.rec_type for record in records].count("metadata") == 1
        found = {record.record_id: record for _, _, record in walk_members(path)}
        (note,) = (record for record in found.values() if record.type == "metadata")
        answer = found[note.header("WARC-Concurrent-To") or ""]
        assert answer.type in ("response", "revisit")
        assert (answer.url, note.url) == (ROBOTS, ROBOTS)
        assert note.block.decode() == (
            f"robots-decision: disallow-all\r\nrobots-reason: {CANARY}  WARC-Type: response\r\n"
        )


def test_verify_the_index_and_a_rebuild_pass_it_over(folder: DataFolder) -> None:
    assert check(folder).clean
    for path in folder.warc_files():
        assert (folder.cdx / f"{path.name}.cdxj").read_bytes() == b"".join(cdxj_lines(path))
    before = tables(folder)
    rebuild(folder, PlainExtractor(), Rebuild(), 0)
    assert tables(folder) == before
    assert check(folder).clean


def test_a_mended_file_keeps_it(folder: DataFolder) -> None:
    path, _, length = _notes(folder)[0]
    data = bytearray(path.read_bytes())
    (behind, _, _) = next(one for one in walk_members(path) if one[2].type == "request")
    data[behind + 40] ^= 0xFF
    path.write_bytes(data)
    salvage_closed(path)
    assert [length] == [one[2] for one in _notes(folder) if one[0] == path]


def test_an_export_takes_it_along(folder: DataFolder, tmp_path: Path) -> None:
    chosen = Selection(query=f"SELECT url FROM captures WHERE url = '{ROBOTS}'")
    export_wacz(folder, tmp_path / "robots.wacz", chosen)
    export_wacz(
        folder, tmp_path / "page.wacz", Selection(query=f"SELECT url FROM captures WHERE url = '{PAGES[0].url}'")
    )
    for name, notes in (("robots", 2), ("page", 0)):
        assert check_wacz(tmp_path / f"{name}.wacz") == []
        with zipfile.ZipFile(tmp_path / f"{name}.wacz") as file:
            for entry in filter(lambda entry: entry.endswith(".warc.gz"), file.namelist()):
                (tmp_path / Path(entry).name).write_bytes(file.read(entry))
                notes -= sum(record.type == "metadata" for _, _, record in walk_members(tmp_path / Path(entry).name))
        assert notes == 0


def test_it_goes_with_its_address(folder: DataFolder) -> None:
    (folder.state / "robots").mkdir(parents=True)
    (folder.state / "robots" / "copy.json").write_text(CANARY)
    assert len(holders(folder.path, CANARY)) == 3
    purge(folder, order(url=ROBOTS), PlainExtractor())
    assert holders(folder.path, CANARY) == []
    assert check(folder).clean
    tombstones = [
        record for path in folder.warc_files() for _, _, record in walk_members(path) if record.type == "metadata"
    ]
    assert len(tombstones) == 2
    assert all(record.block.startswith(b"purge: ") for record in tombstones)
