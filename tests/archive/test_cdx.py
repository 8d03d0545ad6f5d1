"""CDXJ: lines equal to an independent indexer's, and one merged index that stays right whatever is added or taken."""

import random
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import surt
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.warcwriter import WARCWriter

from archive.cdx import (
    INDEX,
    CdxFile,
    cdxj_lines,
    index_path,
    index_warc,
    merge_index,
    remove_index,
)
from archive.errors import StorageError
from archive.layout import DataFolder
from archive.model import Exchange
from archive.urlkey import urlkey
from archive.warc import WarcOptions, WarcWriter, gzip_member, record_bytes
from tests.archive.samples import FIRST_FETCH, PAGES, SampleRun
from tests.archive.writing import PAGE, exchange, writer

INDEXER = Path(sys.executable).parent / "cdxj-indexer"


def independent(*paths: Path) -> list[bytes]:
    """What cdxj-indexer makes of the files."""
    done = subprocess.run([INDEXER, "--sort", *paths], capture_output=True, check=True)
    return done.stdout.splitlines(keepends=True)


def index_of(folder: DataFolder) -> list[bytes]:
    return (folder.cdx / INDEX).read_bytes().splitlines(keepends=True)


def write(folder: DataFolder, name: str, lines: list[bytes]) -> None:
    folder.cdx.mkdir(parents=True, exist_ok=True)
    index_path(folder, name).write_bytes(b"".join(sorted(lines)))


def line(key: str, name: str, status: str = "200") -> bytes:
    return f'vn,a)/{key} 20240105020000 {{"status": "{status}", "offset": "1", "filename": "{name}"}}\n'.encode()


ANSWERS = (
    PAGE,
    b"HTTP/1.1 200 OK\r\ncontent-TYPE:  Text/HTML ; charset=utf-8\r\nContent-Type: b\r\n\r\n" + PAGE,
    b"HTTP/1.1 200 OK\r\nContent-Type:\r\n\r\nempty type",
    b"HTTP/1.1 404 Kh\xc3\xb4ng\r\n\r\nno type",
    b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\nContent-Type: text/plain\n\nline feeds",
    b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n',
)
ADDRESSES = (
    "https://www.baocaobang.vn/Thoi-su?b=2&a=1",
    "http://BAOCAOBANG.vn:80/",
    "https://xn--bocaobng-9za.vn/%C4%91%E1%BB%9Di",
    "https://baocaobang.vn:8443/a//b/../c;x=1?q=%20y",
    "https://baocaobang.vn/tin?" + "q" * 2000,
    "http://127.0.0.1:8080/a",
    "https://baocaobang.vn/đời sống?tên=hòa",
)


def test_lines_equal_those_of_an_independent_indexer(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    warc = writer(folder)
    for number, answer in enumerate(ANSWERS):
        for url in ADDRESSES:
            warc.write_exchange(exchange(f"{url}{number}", answer))
    warc.close()
    (path,) = folder.warc_files()
    lines = cdxj_lines(path)
    assert len(lines) == len(ANSWERS) * len(ADDRESSES)
    assert lines == independent(path)
    assert index_path(folder, path.name).read_bytes() == b"".join(lines)


def test_lines_of_other_writers_equal_too(tmp_path: Path) -> None:
    run = SampleRun(DataFolder(tmp_path)).write(PAGES)
    with (run.folder.warc / run.name).open("ab") as file:
        other = WARCWriter(file, gzip=True, warc_version="WARC/1.1")
        for kind, media in (
            ("resource", "image/png"),
            ("resource", "text/plain; charset=utf-8"),
            ("metadata", "application/json"),
            ("metadata", "application/warc-fields"),
        ):
            record = other.create_warc_record(
                f"urn:x:{kind}:{media}",
                kind,
                warc_content_type=media,
                warc_headers_dict={"WARC-Date": "2024-01-05T02:00:00Z"},
            )
            other.write_record(record)
        headers = [
            ("WARC-Type", "response"),
            ("WARC-Record-ID", "<urn:uuid:bare>"),
            ("WARC-Target-URI", "http://a.vn/"),
        ]
        file.write(gzip_member(record_bytes([*headers, ("WARC-Date", "2024-01-05T02:00:00Z")], PAGE), 6))
    (path,) = run.folder.warc_files()
    lines = cdxj_lines(path)
    assert len(lines) == len(PAGES) + 4
    assert lines == independent(path)


def test_a_304_is_in_the_files_index_and_not_in_the_merged_one(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    warc = writer(folder)
    for number, answer in enumerate(ANSWERS):
        warc.write_exchange(exchange(f"https://baocaobang.vn/{number}", answer))
    warc.close()
    merge_index(folder)
    (path,) = folder.warc_files()
    own = cdxj_lines(path)
    assert [one for one in own if b'"304"' in one]
    assert index_of(folder) == [one for one in own if b'"304"' not in one]


def test_the_staged_file_is_gone_and_the_index_is_there_before_the_warc_has_its_name(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    warc = writer(folder)
    warc.write_exchange(exchange())
    (staged,) = folder.cdx.iterdir()
    assert staged.name.endswith(".warc.gz.cdxj.open")
    warc.close()
    assert [path.name for path in folder.cdx.iterdir()] == [folder.warc_files()[0].name + ".cdxj"]


def test_a_disk_that_refused_a_line_costs_no_line(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    # A folder where the staged file should be is a disk that refuses.
    warc = WarcWriter(folder.warc, "x", {}, "t", WarcOptions(), folder.cdx)
    warc.write_exchange(exchange())
    (staged,) = folder.cdx.iterdir()
    staged.unlink()
    staged.mkdir()
    warc.write_exchange(exchange("https://baocaobang.vn/2"))
    (opened,) = folder.open_files()
    staged.rmdir()
    cdx = CdxFile(folder.cdx, "other.warc.gz")
    (folder.cdx / "other.warc.gz.cdxj.open").mkdir()
    cdx.add(b"x\n")
    (folder.cdx / "other.warc.gz.cdxj.open").rmdir()
    cdx.close(opened)
    named = [
        line.replace(b"other.warc.gz", opened.name.removesuffix(".open").encode())
        for line in index_path(folder, "other.warc.gz").read_bytes().splitlines(keepends=True)
    ]
    warc.close()
    assert named == cdxj_lines(folder.warc_files()[0])


def test_a_staged_index_that_cannot_be_removed_is_named(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    cdx = CdxFile(folder.cdx, "a.warc.gz")
    staged = folder.cdx / "a.warc.gz.cdxj.open"
    staged.mkdir(parents=True)
    with pytest.raises(StorageError, match=r"a\.warc\.gz\.cdxj\.open: it cannot be removed"):
        cdx.close(tmp_path / "a.warc.gz")
    assert index_path(folder, "a.warc.gz").read_bytes() == b""


_LABELS = st.text("abwz019-", min_size=1, max_size=6)
_HOSTS = st.lists(st.one_of(_LABELS, st.sampled_from(["www", "www2", "com", "vn", "xn--bcher-kva"])), max_size=4)
_PARTS = st.one_of(
    st.text("aZ0-_.~%;()", max_size=6), st.sampled_from(["..", ".", "Thoi-su", "bai-3161421.html", "a.aspx"])
)


@settings(max_examples=500)
@given(
    st.sampled_from(["http", "https", "HTTP"]), _HOSTS, st.lists(_PARTS, max_size=4), st.sampled_from(["", "/", "?B=1"])
)
def test_keys_are_those_of_the_surt_package(scheme: str, host: list[str], path: list[str], end: str) -> None:
    url = f"{scheme}://{'.'.join([*host, 'vn'])}{''.join(f'/{part}' for part in path)}{end}"
    try:
        expected = re.sub(r"\s", "%20", surt.surt(url))
    except ValueError:
        expected = url
    assert urlkey(url) == expected


def test_an_address_that_is_none_is_its_own_key() -> None:
    assert urlkey("https://a.vn/x y\t") == "vn,a)/x%20y"
    assert " " not in urlkey("http://[nonsense/a b")


_HOSTS = st.lists(
    st.sampled_from(["www", "www2", "a", "baocaobang", "3", "x-y", "vn", "VN", "com", "0"]), min_size=1, max_size=4
)
_SEGMENTS = st.lists(st.text("aZ09-_.~%2f;=()", max_size=6), max_size=4)


@given(st.sampled_from(["http", "https"]), _HOSTS, _SEGMENTS, st.sampled_from(["", "/", ":80", "?a=1", "?", "#x"]))
def test_the_key_is_that_of_surt(scheme: str, labels: list[str], segments: list[str], end: str) -> None:
    url = f"{scheme}://{'.'.join(labels)}/{'/'.join(segments)}{end}"
    try:
        expected = str(surt.surt(url))
    except ValueError:
        return
    assert urlkey(url) == expected


@pytest.mark.parametrize("count", [1, 3, 450])
def test_all_files_are_merged_and_a_second_merge_does_nothing(tmp_path: Path, count: int) -> None:
    folder = DataFolder(tmp_path)
    names = [f"{number:04d}.warc.gz" for number in range(count)]
    lines = {name: [line(f"{random.Random(name).randrange(99):02d}/{n}", name) for n in range(5)] for name in names}
    for name in names:
        write(folder, name, lines[name])
    assert merge_index(folder)
    assert index_of(folder) == sorted(one for some in lines.values() for one in some)
    before = (folder.cdx / INDEX).stat()
    assert not merge_index(folder)
    assert (folder.cdx / INDEX).stat() == before


_files = st.lists(st.lists(st.integers(0, 60).map(str), max_size=8, unique=True), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(files=_files, drop=st.integers(0, 7))
def test_the_index_is_the_sum_of_its_files_whatever_comes_and_goes(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[str]], drop: int
) -> None:
    folder = DataFolder(tmp_path_factory.mktemp("cdx"))
    have: dict[str, list[bytes]] = {}
    for number, keys in enumerate(files):
        name = f"{number}.warc.gz"
        have[name] = [line(key, name, "304" if key == "7" else "200") for key in keys]
        write(folder, name, have[name])
        merge_index(folder)
        assert index_of(folder) == sorted(one for some in have.values() for one in some if b'"304"' not in one)
    gone = f"{drop}.warc.gz"
    have.pop(gone, None)
    remove_index(folder, gone)
    merge_index(folder)
    assert index_of(folder) == sorted(one for some in have.values() for one in some if b'"304"' not in one)


def test_an_index_that_was_touched_or_lost_is_made_anew(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    write(folder, "a.warc.gz", [line("1", "a.warc.gz"), line("2", "a.warc.gz")])
    merge_index(folder)
    whole = index_of(folder)
    (folder.cdx / INDEX).write_bytes(whole[0])
    assert merge_index(folder)
    assert index_of(folder) == whole
    (folder.cdx / INDEX).unlink()
    assert merge_index(folder)
    assert index_of(folder) == whole
    # Killed between the index and the note of what is in it: nothing is doubled.
    write(folder, "b.warc.gz", [line("3", "b.warc.gz")])
    state = (folder.state / "cdx.json").read_bytes()
    merge_index(folder)
    (folder.state / "cdx.json").write_bytes(state)
    merge_index(folder)
    assert index_of(folder) == [*whole, line("3", "b.warc.gz")]


def test_a_warc_file_that_changed_changes_the_index(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    SampleRun(folder).write(PAGES)
    (path,) = folder.warc_files()
    first = index_of(folder)
    SampleRun(folder).write(PAGES[:1])
    index_warc(folder, path)
    assert merge_index(folder)
    assert index_of(folder) == independent(path) != first


def test_processes_may_merge_at_once(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    program = (
        "import sys; from pathlib import Path; from archive.layout import DataFolder; from archive.cdx import *\n"
        "folder = DataFolder(Path(sys.argv[1]))\n"
        "for n in range(15):\n"
        "    name = f'{sys.argv[2]}-{n}.warc.gz'\n"
        '    line = f\'vn,a)/{n} 20240105020000 {{"filename": "{name}"}}\\n\'.encode()\n'
        "    index_path(folder, name).write_bytes(line); merge_index(folder)\n"
    )
    folder.cdx.mkdir(parents=True)
    running = [subprocess.Popen([sys.executable, "-c", program, tmp_path, str(n)]) for n in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    expected = sorted(path.read_bytes() for path in folder.cdx.glob("*.warc.gz.cdxj"))
    assert len(expected) == 45
    assert index_of(folder) == expected


def test_a_refusing_disk_is_named(tmp_path: Path) -> None:
    (tmp_path / "cdx").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="cdx"):
        merge_index(DataFolder(tmp_path))


def test_times_are_those_of_the_record_in_utc(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    warc = writer(folder)
    moment = datetime(2026, 12, 31, 23, 59, 59, 999_999, UTC)
    warc.write_exchange(Exchange("https://baocaobang.vn/", moment, b"GET / HTTP/1.1\r\n\r\n", PAGE))
    warc.write_exchange(Exchange("https://baocaobang.vn/", FIRST_FETCH, b"GET / HTTP/1.1\r\n\r\n", PAGE))
    warc.close()
    stamps = [one.split(b" ")[1] for one in cdxj_lines(folder.warc_files()[0])]
    assert stamps == [b"20240105020000", b"20261231235959"]
