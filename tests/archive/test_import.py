"""Files of other people's tools become rows as if crawled, say where they came from, and come in once."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from archive.errors import DamagedFile, UsageError
from archive.importing.importer import Importer, ImportResult
from archive.importing.names import origin_of
from archive.layout import DataFolder
from archive.members import walk_members
from archive.schema import ARTICLES
from archive.verify import verify
from tests.acceptance.crawling import ROOT, scrapy
from tests.archive.foreign import (
    FIDELITY,
    SOFTWARE,
    SUFFIX,
    ForeignWarc,
    Framing,
    Style,
    foreign_warc,
    framed,
    records_of,
)
from tests.archive.samples import LISTING, PAGES, PlainExtractor, SamplePage, sample_archive
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.warcsite import WarcSite

REAL = Path(__file__).resolve().parents[3] / "shared" / "real" / "council-portal-nukeviet45.warc.gz"
STYLES: tuple[Style, ...] = ("wget", "browsertrix", "commoncrawl", "heritrix", "warcprox")
FRAMINGS: tuple[Framing, ...] = ("plain", "one gzip", "zstd", "zstd with dictionary")
# What a row owes to the capture and not to what the page says.
PROVENANCE = frozenset(
    {"url", "url_surtkey", "discovered_via", "fetch_time", "content_digest", "run_id"}
    | {name for name in ARTICLES.names if name.startswith("warc_")}
)
CONTENT = [name for name in ARTICLES.names if name not in PROVENANCE]


def bring_in(folder: DataFolder, path: Path, portal: str | None = None, reference: bool = False) -> list[ImportResult]:
    return list(Importer(folder, PlainExtractor(), portal, reference).file(path))


def content(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["article_id"]: {name: row[name] for name in CONTENT} for row in rows}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The articles of the sample pages as the project's own run makes them."""
    folder = sample_archive(tmp_path_factory.mktemp("crawled") / "data")
    return content(read_rows(folder.path, "articles"))


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("style", STYLES)
def test_each_tools_file_gives_the_rows_of_a_crawl(
    style: Style, tmp_path: Path, crawled: dict[str, dict[str, Any]]
) -> None:
    folder = DataFolder(tmp_path / "data")
    source = write(tmp_path / f"{style}.warc.gz", foreign_warc(style))
    (result,) = bring_in(folder, source)
    assert (result.state, result.software, result.normalised) == ("imported", SOFTWARE[style], False)
    assert (result.rows.captures, result.rows.articles_new) == (4, 3)
    assert content(read_rows(folder.path, "articles")) == crawled
    captures = read_rows(folder.path, "captures")
    assert {row["fidelity"] for row in captures} == {FIDELITY[style]}
    assert {row["discovered_via"] for row in captures} == {f"import:{style} {SOFTWARE[style].split()[0]}"}
    assert Counter(row["outcome"] for row in captures) == {"article": 3, "listing": 1}
    assert {row["portal"] for row in captures} == {"baocaobang"}
    # The file is the one that came, byte for byte, and everything in it can be proved.
    assert (folder.warc / result.warc_filename).read_bytes() == source.read_bytes()
    report = verify(folder, PlainExtractor(), jobs=1)
    assert report.clean, report.findings
    assert bool(report.notes) == (style == "heritrix")


@pytest.mark.parametrize("framing", FRAMINGS)
def test_other_framings_are_written_anew_and_no_record_changes(
    framing: Framing, tmp_path: Path, crawled: dict[str, dict[str, Any]]
) -> None:
    folder = DataFolder(tmp_path / "data")
    data = foreign_warc("wget")
    (result,) = bring_in(folder, write(tmp_path / f"site{SUFFIX[framing]}", framed(data, framing)))
    assert result.normalised
    assert content(read_rows(folder.path, "articles")) == crawled
    kept = folder.warc / result.warc_filename
    assert records_of(kept.read_bytes()) == records_of(data)
    assert [record.version for _, _, record in walk_members(kept)] == ["1.0"] * 9
    assert b"WARC-Target-URI: <https://" in gzip.decompress(kept.read_bytes())
    assert verify(folder, PlainExtractor(), jobs=1).clean


def test_a_file_comes_in_once_under_any_name(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    source = write(tmp_path / "a.warc.gz", foreign_warc("wget"))
    bring_in(folder, source)
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file() and "lock" not in path.name}
    for again in (source, write(tmp_path / "b.warc.gz", source.read_bytes())):
        (result,) = bring_in(folder, again)
        assert result.state == "known"
    assert {path: path.read_bytes() for path in before} == before
    assert len(folder.warc_files()) == 1


def test_a_wacz_comes_in_and_is_compared_with_its_digests(tmp_path: Path, crawled: dict[str, dict[str, Any]]) -> None:
    data = foreign_warc("browsertrix")
    good, bad = tmp_path / "crawl.wacz", tmp_path / "bad.wacz"
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    for path, said in ((good, digest), (bad, "sha256:" + "0" * 64)):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/rec-1.warc.gz", data)
            archive.writestr("indexes/index.cdx", b"")
            package = {"resources": [{"name": "rec-1", "path": "archive/rec-1.warc.gz", "hash": said}]}
            archive.writestr("datapackage.json", json.dumps(package))
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(DamagedFile, match=r"rec-1\.warc\.gz.*digest"):
        bring_in(folder, bad)
    assert folder.warc_files() == []
    (result,) = bring_in(folder, good)
    assert content(read_rows(folder.path, "articles")) == crawled
    origin = origin_of(result.warc_filename)
    assert origin is not None
    assert origin.stem == "crawl"


def test_hosts_of_no_portal_have_rows_and_no_articles(tmp_path: Path) -> None:
    elsewhere = SamplePage(777, "Tin từ nơi khác", "Một trang không thuộc cổng nào.", ("Nội dung.",))
    data = foreign_warc("wget", [PAGES[0], elsewhere])
    records = [
        record.replace(b"baocaobang.vn/bai-viet-777", b"tintinhkhac.vn/bai-viet-777") for record in records_of(data)
    ]
    folder = DataFolder(tmp_path / "data")
    bring_in(folder, write(tmp_path / "two.warc", b"".join(records)))
    rows = {row["portal"]: row for row in read_rows(folder.path, "captures")}
    assert set(rows) == {"baocaobang", "other"}
    assert (rows["other"]["outcome"], rows["other"]["outcome_reason"]) == ("not_article", "unknown-portal")
    assert [row["portal"] for row in read_rows(folder.path, "articles")] == ["baocaobang"]


def test_a_named_portal_takes_all_and_stands_in_the_name(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    source = write(tmp_path / "old-site.warc.gz", foreign_warc("wget"))
    (result,) = bring_in(folder, source, portal="baocaobang_cu")
    assert {row["portal"] for row in read_rows(folder.path, "captures")} == {"baocaobang_cu"}
    origin = origin_of(result.warc_filename)
    assert origin is not None
    assert (origin.portal, origin.stem) == ("baocaobang_cu", "old-site")
    for name in ("../x", "a b", "-x", ""):
        with pytest.raises(UsageError, match="--portal"):
            bring_in(folder, source, portal=name)


def test_a_reference_stays_where_it_is(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    source = write(tmp_path / "big.warc.gz", foreign_warc("wget"))
    (result,) = bring_in(folder, source, reference=True)
    assert (folder.warc / result.warc_filename).is_symlink()
    assert verify(folder, PlainExtractor(), jobs=1).clean
    plain = write(tmp_path / "plain.warc", framed(foreign_warc("warcprox"), "plain"))
    with pytest.raises(UsageError, match="without --reference"):
        bring_in(folder, plain, reference=True)


def test_revisits_show_the_payload_they_refer_to(tmp_path: Path) -> None:
    """A second address with the payload of the first, told by address and date alone."""
    again = SamplePage(3161499, "", "", ())
    warc = ForeignWarc("warcprox").page(PAGES[0], 0).revisit(PAGES[0], 5, PAGES[0], 0).revisit(again, 6, PAGES[0], 0)
    folder = DataFolder(tmp_path / "data")
    bring_in(folder, write(tmp_path / "proxy.warc.gz", warc.data))
    rows = sorted(read_rows(folder.path, "captures"), key=lambda row: int(row["warc_record_offset"]))
    assert [row["record_type"] for row in rows] == ["response", "revisit", "revisit"]
    assert {row["revisit_of"] for row in rows[1:]} == {rows[0]["warc_record_id"]}
    assert [(row["outcome"], row["outcome_reason"]) for row in rows[:2]] == [
        ("article", None),
        ("article", "unchanged"),
    ]
    articles = {row["native_id"]: row for row in read_rows(folder.path, "articles")}
    assert articles["3161499"]["text"] == articles["3161421"]["text"]


def test_a_later_capture_is_a_version_of_the_article_that_was_crawled(tmp_path: Path) -> None:
    folder = sample_archive(tmp_path / "data")
    changed = SamplePage(PAGES[0].number, PAGES[0].title + " (cập nhật)", PAGES[0].lead, PAGES[0].paragraphs)
    warc = ForeignWarc("wget").page(PAGES[1], 86_400).page(changed, 86_401)
    (result,) = bring_in(folder, write(tmp_path / "later.warc.gz", warc.data))
    assert (result.rows.articles_new, result.rows.articles_changed) == (0, 1)
    assert verify(folder, PlainExtractor(), jobs=1).clean


@pytest.mark.skipif(not REAL.exists(), reason="the recorded site lies outside the project and is not here")
def test_wgets_file_gives_the_rows_of_a_crawl_of_the_same_site(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "crawled", tmp_path / "imported"
    with ReplicaServer([WarcSite(REAL, "hdnd.caobang.gov.vn")]) as server:
        assert scrapy("crawl", "hdnd_caobang", data=mine, server=server).code == 0
    done = baotinh(theirs, "import", str(REAL), "--json")
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)
    assert (result["articles_new"], result["portals"]) == (161, {"hdnd_caobang": result["captures"]})
    crawl, imported = content(read_rows(mine, "articles")), content(read_rows(theirs, "articles"))
    assert len(crawl) == 161
    # The site was recorded over http and is crawled over https: addresses on the page follow.
    for row in (*crawl.values(), *imported.values()):
        row["images"] = [{**image, "url": image["url"].partition("://")[2]} for image in row["images"]]
    assert imported == crawl
    assert {row["fidelity"] for row in read_rows(theirs, "captures")} == {"wire"}
    assert baotinh(theirs, "verify").returncode == 0


def baotinh(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "archive.cli", "--data", str(data), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_names_what_it_refuses_and_imports_the_rest(tmp_path: Path) -> None:
    good = write(tmp_path / "good.warc.gz", foreign_warc("wget", [LISTING]))
    torn = write(tmp_path / "torn.warc.gz", foreign_warc("wget")[:-40])
    done = baotinh(tmp_path / "data", "import", str(torn), str(good))
    assert done.returncode == 3
    assert "torn.warc.gz: at byte" in done.stderr
    assert "salvage" in done.stderr
    assert "Traceback" not in done.stderr
    assert "good.warc.gz" in done.stdout
    assert len(list((tmp_path / "data" / "warc").iterdir())) == 1
    for arguments in (
        (),
        ("nowhere.warc.gz",),
        ("--from-cdx", "http://127.0.0.1:1/cdx"),
        ("--from-cdx", "x", "--portal", "a"),
    ):
        wrong = baotinh(tmp_path / "data", "import", *arguments)
        assert wrong.returncode == 2, wrong.stderr
        assert wrong.stderr.startswith("baotinh: ")
