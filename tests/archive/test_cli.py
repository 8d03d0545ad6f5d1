"""The command line, run as a user runs it."""

import contextlib
import csv
import io
import json
import os
import pty
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.articles import Latest
from archive.cli import main
from archive.cli.console import as_json, plain
from archive.cli.extractor import load_extractor
from archive.corpus import duckdb_connection
from archive.layout import DataFolder
from archive.members import read_member
from archive.model import Exchange
from archive.store import ArchiveRun
from archive.tables import TableStage
from tests.archive.samples import FIRST_FETCH, HOST, LISTING, PAGES, PORTAL, RUN, SampleRun, sample_archive

ROOT = Path(__file__).parents[2]
EDITED = replace(PAGES[0], title="Bảo Lạc đưa cầu treo Nà Phiêng vào sử dụng")
EMPTY_PAGE = replace(PAGES[0], number=3161490, paragraphs=())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Two runs: three articles and a listing, then one of them edited."""
    folder = DataFolder(tmp_path_factory.mktemp("cli") / "data")
    known = Latest()
    SampleRun(folder).write((*PAGES, LISTING, EMPTY_PAGE), known).publish()
    later = FIRST_FETCH + timedelta(days=1)
    SampleRun(folder, "20240106T020000-b2c3d4", started=later).write([EDITED], known).publish()
    return folder


def baotinh(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "archive.cli", *arguments]
    return subprocess.run(command, capture_output=True, cwd=ROOT, env={**os.environ, **environment}, check=False)


def ask(folder: DataFolder, *arguments: str) -> Any:
    """The JSON lines that ``baotinh --json`` answers with, without the cost of a process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(["--data", str(folder.path), "--json", *arguments]) == 0
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_data_folder_comes_from_option_then_environment_then_default(folder: DataFolder, tmp_path: Path) -> None:
    assert baotinh("stats", ARCHIVE_DIR=str(folder.path)).returncode == 0
    missing = baotinh("--data", str(tmp_path / "none"), "stats", ARCHIVE_DIR=str(folder.path))
    assert missing.returncode == 3
    assert missing.stderr.decode().startswith(f"baotinh: {tmp_path / 'none'} does not exist")
    after = baotinh("stats", "--data", str(folder.path), ARCHIVE_DIR=str(tmp_path / "none"))
    assert after.returncode == 0


USAGE_ERRORS = (
    ("nonsense",),
    ("verify", "--jobs", "0"),
    ("verify", "--jobs", "many"),
    ("verify", "--portal", "none"),
    ("verify", "--article", "x' OR 1=1"),
    ("show", "https://baocaobang.vn/none-1.html"),
    ("show", PAGES[0].url, "--version", "9"),
    ("query", "SELEKT 1"),
    ("query", ""),
    ("query", "SELECT 1; SELECT 2"),
    ("query", "DROP VIEW articles"),
    ("query", "COPY (SELECT 1) TO '{corpus}/x.csv'"),
    ("query", "EXPLAIN ANALYZE COPY (SELECT 1) TO '{corpus}/x.csv'"),
    ("query", "SELECT * FROM read_text('/etc/hostname')"),
    ("--json", "query", "--csv", "SELECT 1"),
)


@pytest.mark.parametrize("arguments", USAGE_ERRORS)
def test_usage_errors_exit_2(
    folder: DataFolder, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [argument.format(corpus=folder.corpus) for argument in arguments]
    try:
        code = main(["--data", str(folder.path), *filled])
    except SystemExit as stop:  # argparse's way
        code = int(stop.code or 0)
    assert code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "baotinh" in err
    assert not (folder.corpus / "x.csv").exists()


def test_errors_show_no_traceback(folder: DataFolder) -> None:
    done = baotinh("--data", str(folder.path), "query", "SELEKT 1")
    assert done.returncode == 2
    assert done.stderr.startswith(b"baotinh: Parser Error")
    assert b"Traceback" not in done.stderr


def test_query_answers_in_a_table_in_json_and_in_csv(folder: DataFolder) -> None:
    sql = "SELECT version, title, published_at, rungs FROM articles WHERE url LIKE '%3161421%' ORDER BY version"
    first, second = ask(folder, "query", sql)
    assert first["title"] == PAGES[0].title
    assert second["version"] == 2
    assert first["published_at"] == "2024-01-04T09:30:00Z"
    assert first["rungs"][0] == {"field": "text", "rung": "article"}
    shown = baotinh("--data", str(folder.path), "query", sql.replace(", rungs", "")).stdout.decode()
    assert EDITED.title in shown
    assert "2024-01-04 09:30:00Z" in shown
    answer = baotinh("--data", str(folder.path), "query", "--csv", sql).stdout.decode()
    rows = list(csv.DictReader(io.StringIO(answer)))
    assert [row["title"] for row in rows] == [PAGES[0].title, EDITED.title]
    assert rows[0]["published_at"] == "2024-01-04T09:30:00Z"


def test_query_says_when_it_leaves_rows_out(folder: DataFolder) -> None:
    sql = "SELECT range FROM range(1234)"
    assert "… and 1034 more rows" in baotinh("--data", str(folder.path), "query", sql).stdout.decode()
    assert len(ask(folder, "query", sql)) == 1234


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m archive.cli --json query"
    pipe = f"{command} 'SELECT * FROM range(300000)' | head -n 1"
    done = subprocess.run(["bash", "-c", pipe], capture_output=True, cwd=ROOT, env={**os.environ}, check=True)
    assert done.stdout == b'{"range": 0}\n'
    assert done.stderr == b""


def test_stats_count_what_is_there(folder: DataFolder) -> None:
    (answer,) = ask(folder, "stats")
    (portal,) = answer["portals"]
    assert (portal["portal"], portal["articles"], portal["versions"], portal["undated"]) == (PORTAL, 3, 4, 1)
    assert portal["outcomes"] == {"article": 4, "listing": 1, "not_article": 1}
    assert portal["listings"] == 1
    assert portal["records"] == 6
    assert portal["first_published"] == "2023-12-31T16:30:00Z"
    assert portal["last_fetch"] == "2024-01-06T02:00:00.123456Z"
    sizes = [path.stat().st_size for path in folder.warc_files()]
    assert answer["totals"]["warc_bytes"] == sum(sizes)
    assert 0 < answer["totals"]["bytes"] < sum(sizes)
    shown = baotinh("--data", str(folder.path), "stats").stdout.decode()
    assert "Portals: 1; 3 articles in 4 versions, 6 captures, 2 WARC files" in shown


def test_stats_of_nothing(tmp_path: Path) -> None:
    answer = json.loads(baotinh("--data", str(tmp_path), "--json", "stats").stdout)
    assert answer["portals"] == []
    assert "Portals: 0" in baotinh("--data", str(tmp_path), "stats").stdout.decode()


@pytest.mark.parametrize(
    "wanted",
    [
        PAGES[0].url,
        PAGES[0].url.removeprefix("https://"),
        PAGES[0].url.replace("https://", "http://www."),
        "  " + PAGES[0].url + "\n",
        "cd0146f7",
        "CD0146F7-BEF5-5A0A-95F0-30DE6ED97B46",
    ],
)
def test_an_article_is_found_by_what_a_person_types(folder: DataFolder, wanted: str) -> None:
    (row,) = ask(folder, "show", wanted)
    assert row["article_id"] == "cd0146f7-bef5-5a0a-95f0-30de6ed97b46"
    assert row["title"] == EDITED.title
    assert [version["version"] for version in row["versions"]] == [1, 2]


def test_an_address_that_redirected_finds_the_article(folder: DataFolder) -> None:
    with duckdb_connection(folder) as database:
        (row,) = database.sql("SELECT * EXCLUDE month FROM captures LIMIT 1").to_arrow_table().to_pylist()
    moved = {"url": f"{HOST}/cu-1", "url_surtkey": "vn,baocaobang)/cu-1", "fetch_redirect": PAGES[1].url}
    copy = DataFolder(folder.path.with_name("redirected"))
    SampleRun(copy).write(PAGES).publish()
    stage = TableStage(copy, "captures", "later", PORTAL)
    stage.add([row | moved | {"outcome": "redirect"}])
    stage.flush()
    stage.publish()
    for wanted in (f"{HOST}/cu-1", "baocaobang.vn/cu-1"):
        (found,) = ask(copy, "show", wanted)
        assert found["url"] == PAGES[1].url


def test_show_says_what_a_page_was_if_it_is_no_article(folder: DataFolder) -> None:
    done = baotinh("--data", str(folder.path), "show", EMPTY_PAGE.url)
    assert done.returncode == 2
    assert "captured on 2024-01-05 but holds no article: not_article (no-text)" in done.stderr.decode()


def test_an_ambiguous_beginning_lists_the_candidates(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    run = SampleRun(folder).write(PAGES)
    for number, row in enumerate(run.articles):
        row["article_id"] = f"abcd{number}000-bef5-5a0a-95f0-30de6ed97b46"
    run.publish()
    done = baotinh("--data", str(folder.path), "show", "abcd")
    assert done.returncode == 2
    assert "abcd0000-" in done.stderr.decode()
    assert "abcd2000-" in done.stderr.decode()
    (row,) = ask(folder, "show", "abcd1")
    assert row["title"] == PAGES[1].title


def test_show_prints_the_article_and_its_proof(folder: DataFolder) -> None:
    shown = baotinh("--data", str(folder.path), "show", "--version", "1", PAGES[0].url).stdout.decode()
    words = " ".join(shown.split())
    for part in (PAGES[0].title, PAGES[0].lead, *PAGES[0].paragraphs, "2024-01-04 16:30 +07", "read from visible"):
        assert part in words
    (row,) = ask(folder, "show", "--version", "1", PAGES[0].url)
    for name in ("warc_filename", "warc_record_id", "content_digest", "run_id"):
        assert row[name] in words
    assert f"{row['warc_record_offset']}, {row['warc_record_length']}" in words
    assert "2 2024-01-06 02:00:00Z live title" in words


def test_the_record_and_the_page_come_out_byte_for_byte(folder: DataFolder) -> None:
    (row,) = ask(folder, "show", PAGES[1].url)
    place = (row["warc_record_offset"], row["warc_record_length"])
    block = read_member(folder.find_warc(row["warc_filename"]), *place).block
    assert baotinh("--data", str(folder.path), "show", "--record", PAGES[1].url).stdout == block
    assert baotinh("--data", str(folder.path), "show", "--html", PAGES[1].url).stdout == PAGES[1].body


def test_bytes_of_strangers_are_not_written_to_a_terminal(folder: DataFolder) -> None:
    main_end, terminal = pty.openpty()
    command = [sys.executable, "-m", "archive.cli", "--data", str(folder.path), "show", "--html", PAGES[0].url]
    done = subprocess.run(command, stdout=terminal, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    os.close(terminal)
    os.close(main_end)
    assert done.returncode == 2
    assert b"send them to a file" in done.stderr


def test_what_a_page_says_cannot_command_the_terminal(tmp_path: Path) -> None:
    evil = replace(PAGES[0], title="Tin \x9b31m đỏ \u202etxt.exe [bold]không đậm[/bold]", lead="\x1b]0;tít\x07 lành")
    folder = sample_archive(tmp_path, [evil])
    for arguments in (("show", evil.url), ("query", "SELECT title, lead FROM articles")):
        shown = baotinh("--data", str(folder.path), *arguments).stdout.decode()
        assert not set(shown) & set("\x9b\x1b\x07\u202e")
        assert "[bold]" in shown
    (row,) = ask(folder, "show", evil.url)
    assert "\x9b" in row["title"]
    assert "\\u009b" in baotinh("--data", str(folder.path), "--json", "show", evil.url).stdout.decode()


def test_safe_text_keeps_lines_and_letters() -> None:
    assert plain("Hòa An\n\tđường – “mới” 👍") == "Hòa An\n\tđường – “mới” 👍"
    assert plain("a\r\x00\x7f\x85") == "a" + "\ufffd" * 4
    assert json.loads(as_json({"a": "\x9b\u0110", "b": datetime(2024, 1, 5, tzinfo=UTC)})) == {
        "a": "\x9bĐ",
        "b": "2024-01-05T00:00:00Z",
    }


def page(number: int) -> bytes:
    """A page in the layout of the Mediatech family, as its newspapers send it."""
    body = "".join(
        f"<p>Đoạn {part}: Ban quản lý dự án huyện đã bàn giao mặt bằng cho nhà thầu và cam kết tiến độ thi công.</p>"
        for part in range(1, 6)
    )
    return (
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<!DOCTYPE html><html><head>"
        f'<meta property="og:title" content="Khởi công tuyến đường số {number}"></head><body>'
        f"<h1>Khởi công tuyến đường số {number}</h1><div>Thứ 4, 03/01/2024 | 11:51:00 [GMT +7]</div>"
        f'<div id="content-detail"><p><strong>Sáng 3/1, huyện Hà Quảng khởi công tuyến đường liên xã số {number}.'
        f"</strong></p>{body}</div></body></html>"
    ).encode()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """An archive written as a crawl writes it, read by the installed extractor."""
    folder = DataFolder(tmp_path_factory.mktemp("crawled"))
    extractor = load_extractor()

    def extract(url: str, block: bytes, fetched: datetime) -> Any:
        return extractor(PORTAL, url, block, fetched)

    def is_article(url: str) -> bool:
        return extractor(PORTAL, url, page(0), FIRST_FETCH) is not None

    run = ArchiveRun(folder, extractor.facts(PORTAL), RUN, {"software": "test"}, is_article, extract)
    urls = [f"{HOST}/khoi-cong-tuyen-duong-{number}.html" for number in range(3161001, 3161006)]
    for number, url in enumerate([*urls, f"{HOST}/Thoi-su"]):
        moment = FIRST_FETCH + timedelta(seconds=number)
        run.record(Exchange(url, moment, b"GET / HTTP/1.1\r\nHost: baocaobang.vn\r\n\r\n", page(number)))
    run.close()
    return folder


def test_verify_reads_a_crawl_again_and_finds_it_true(crawled: DataFolder) -> None:
    (report,) = ask(crawled, "verify")
    assert report["clean"], report["findings"]
    assert report["counts"]["reread"] == report["counts"]["articles"] == 5
    assert report["counts"]["captures"] == 6
    shown = baotinh("--data", str(crawled.path), "verify").stdout.decode()
    assert "6 captures, 5 articles, 5 read again." in " ".join(shown.split())
    assert "Nothing wrong was found." in shown


def test_verify_exits_4_and_names_the_place(crawled: DataFolder, tmp_path: Path) -> None:
    copy = DataFolder(tmp_path / "copy")
    shutil.copytree(crawled.path, copy.path)
    (path,) = copy.warc_files()
    content = bytearray(path.read_bytes())
    (row,) = ask(copy, "show", f"{HOST}/khoi-cong-tuyen-duong-3161003.html")
    content[row["warc_record_offset"] + 200] ^= 0x10
    path.write_bytes(content)
    done = baotinh("--data", str(copy.path), "verify")
    assert done.returncode == 4
    words = " ".join(done.stdout.decode().replace("│", " ").split())
    assert f"at byte {row['warc_record_offset']}" in words
    assert "1 × damaged-file" in words
    one = baotinh("--data", str(copy.path), "--json", "verify", "--article", row["article_id"])
    assert one.returncode == 4
    assert [finding["kind"] for finding in json.loads(one.stdout)["findings"]] == ["damaged-file"]
    assert baotinh("--data", str(copy.path), "verify", "--portal", "baolangson").returncode == 2


def test_main_gives_its_exit_code(folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(folder.path), "--json", "stats"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["articles"] == 3
    assert main(["--data", str(folder.path), "show", "none-such"]) == 2
    assert "nothing is archived under" in capsys.readouterr().err
