"""An exported WACZ: what was chosen and nothing else, provable line by line, the same bytes each time."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from archive.articles import article_id
from archive.errors import DamagedFile, StorageError, UsageError
from archive.importing.importer import Importer
from archive.layout import DataFolder
from archive.members import walk_members
from archive.wacz import Selection, WaczVersion, check_wacz, export_wacz
from tests.archive.foreign import ForeignWarc
from tests.archive.samples import PAGES, PlainExtractor, SamplePage, sample_archive
from tests.archive.test_import import baotinh, write
from tests.conftest import read_rows

VALIDATOR = Path(sys.executable).parent / "wacz"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A crawled file, wget's file of another day, and a file with a revisit of the crawled payload."""
    path = tmp_path_factory.mktemp("wacz")
    folder = sample_archive(path / "data")
    original = next(row for row in read_rows(folder.path, "captures") if row["url"] == PAGES[0].url)
    later = SamplePage(
        3161430, "Trùng Khánh: Mưa lớn gây sạt lở đường tỉnh 213", "Đêm 7/1 có mưa to.", ("Đã thông xe.",)
    )
    for name, warc in {
        "later.warc.gz": ForeignWarc("wget").page(later, 3 * 86_400),
        "again.warc.gz": ForeignWarc("warcprox").revisit(PAGES[0], 4 * 86_400, PAGES[0], 0),
    }.items():
        list(Importer(folder, PlainExtractor()).file(write(path / name, warc.data)))
    assert original["warc_filename"] in {path.name for path in folder.warc_files()}
    return folder


def read(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def public_validator(path: Path) -> tuple[int, str]:
    command = [str(VALIDATOR), "validate", "-f", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def package(path: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(read(path, "datapackage.json"))
    return said


def pages(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in read(path, "pages/pages.jsonl").splitlines()[1:]]


def index(path: Path) -> list[str]:
    return gzip.decompress(read(path, "indexes/index.cdx.gz")).decode().splitlines()


def test_the_whole_archive_is_valid_by_both_validators(folder: DataFolder, tmp_path: Path) -> None:
    out = tmp_path / "all.wacz"
    exported = export_wacz(folder, out)
    assert check_wacz(out) == []
    code, said = public_validator(out)
    assert code == 0, said
    assert "succeeded" in said
    assert (exported.files, exported.pages) == (3, 5)
    assert len(index(out)) == exported.lines == 6
    assert index(out) == sorted(index(out))


def test_the_recommended_version_has_what_the_draft_adds_and_the_draft_nothing_that_it_removed(
    folder: DataFolder, tmp_path: Path
) -> None:
    """The draft's MUSTs are all met by the recommended version but one: the name of the profile."""
    now, draft = tmp_path / "now.wacz", tmp_path / "draft.wacz"
    export_wacz(folder, now)
    export_wacz(folder, draft, wacz_version="1.2.0")
    assert check_wacz(now) == check_wacz(draft) == []
    first = pages(now)[0]
    assert package(now)["home"] == package(draft)["home"] == {"url": first["url"], "ts": first["ts"]}
    removed = {"wacz_version": "1.1.1", "mainPageUrl": first["url"], "mainPageDate": first["ts"]}
    assert package(now) == {**package(draft), **removed, "profile": "data-package"}
    assert package(draft)["profile"] == "wacz"
    with zipfile.ZipFile(now) as one, zipfile.ZipFile(draft) as two:
        assert one.namelist() == two.namelist()
        assert all(one.read(name) == two.read(name) for name in one.namelist() if not name.startswith("datapackage"))


def test_why_the_draft_is_not_the_default(folder: DataFolder, tmp_path: Path) -> None:
    """The public validator wants the number that the draft removed, and takes the draft's profile for a file name."""
    draft = tmp_path / "draft.wacz"
    export_wacz(folder, draft, wacz_version="1.2.0")
    code, said = public_validator(draft)
    assert code == 1
    assert "Version missing from datapackage.json" in said
    for change, expected in (
        ({"wacz_version": "1.1.1"}, "Frictionless has detected that this is an invalid package"),
        ({"wacz_version": "1.2.0", "profile": "data-package"}, "Version detected as 1.2.0"),
    ):
        code, said = public_validator(with_package(draft, tmp_path / "changed.wacz", change))
        assert code == 1
        assert expected in said


def with_package(source: Path, target: Path, change: dict[str, Any]) -> Path:
    """A copy of a WACZ whose package says something else, with the right digest."""
    data = json.dumps({**package(source), **change}).encode()
    seal = json.dumps({"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}).encode()
    changed = {"datapackage.json": data, "datapackage-digest.json": seal}
    return repack(source, target, lambda name, old: changed.get(name, old))


@pytest.mark.parametrize(
    ("wacz_version", "change", "said"),
    [
        ("1.2.0", {"wacz_version": "1.2.0"}, "wacz_version is no part of WACZ 1.2.0"),
        ("1.2.0", {"mainPageUrl": "https://baocaobang.vn/"}, "mainPageUrl is no part of WACZ 1.2.0"),
        ("1.1.1", {"wacz_version": "1.2.0"}, "profile or wacz_version"),
        ("1.1.1", {"profile": "wacz-package"}, "profile or wacz_version"),
        ("1.1.1", {"home": {"url": PAGES[0].url}}, "home does not name a page"),
        ("1.2.0", {"home": {"url": PAGES[0].url, "ts": "2020-01-01T00:00:00Z"}}, "the home page is not in the index"),
    ],
)
def test_the_check_knows_what_each_version_says(
    wacz_version: WaczVersion, change: dict[str, Any], said: str, folder: DataFolder, tmp_path: Path
) -> None:
    export_wacz(folder, tmp_path / "good.wacz", wacz_version=wacz_version)
    (problem,) = check_wacz(with_package(tmp_path / "good.wacz", tmp_path / "bad.wacz", change))
    assert said in problem


def test_pages_have_title_time_and_text(folder: DataFolder, tmp_path: Path) -> None:
    out = tmp_path / "all.wacz"
    export_wacz(folder, out)
    found = pages(out)
    first = next(page for page in found if page["url"] == PAGES[0].url)
    assert first["title"] == PAGES[0].title
    assert first["ts"] == "2024-01-05T02:00:00Z"
    assert first["text"] == "\n\n".join((PAGES[0].lead, *PAGES[0].paragraphs))
    # The unchanged page of four days later has the text of the version before it.
    again = next(page for page in found if page["ts"].startswith("2024-01-09"))
    assert again["text"] == first["text"]
    assert len({page["id"] for page in found}) == len(found)


def test_members_are_copied_byte_for_byte(folder: DataFolder, tmp_path: Path) -> None:
    out = tmp_path / "all.wacz"
    export_wacz(folder, out)
    for path in folder.warc_files():
        assert read(out, f"archive/{path.name}") == path.read_bytes()


def test_the_same_archive_gives_the_same_bytes(folder: DataFolder, tmp_path: Path) -> None:
    one, two = tmp_path / "one.wacz", tmp_path / "two.wacz"
    export_wacz(folder, one)
    export_wacz(folder, two)
    assert one.read_bytes() == two.read_bytes()


ARTICLE = article_id("bao-cao-bang", "3161422", "")
SELECTIONS: dict[str, tuple[Selection, set[str]]] = {
    "days": (Selection(since=date(2024, 1, 6), until=date(2024, 1, 8)), {"3161430"}),
    "article": (Selection(articles=(ARTICLE,)), {"3161422"}),
    "records by query": (
        Selection(query="SELECT warc_record_id FROM captures WHERE url LIKE '%423.html'"),
        {"3161423"},
    ),
    "articles by query": (Selection(query="SELECT article_id FROM articles WHERE native_id = '3161422'"), {"3161422"}),
    "addresses by query": (
        Selection(query="SELECT url FROM articles WHERE title LIKE 'Trùng Khánh%' -- và chú thích"),
        {"3161430"},
    ),
    "all conditions": (Selection("baocaobang", date(2024, 1, 5), date(2024, 1, 5), articles=(ARTICLE,)), {"3161422"}),
}


@pytest.mark.parametrize("name", SELECTIONS)
def test_what_is_chosen_is_in_it_and_nothing_else(name: str, folder: DataFolder, tmp_path: Path) -> None:
    selection, numbers = SELECTIONS[name]
    out = tmp_path / "part.wacz"
    export_wacz(folder, out, selection)
    assert check_wacz(out) == []
    assert {page["url"].rpartition("-")[2].removesuffix(".html") for page in pages(out)} == numbers
    assert len(index(out)) == len(numbers)
    warc = write(tmp_path / "part.warc.gz", read(out, next(iter(archive_names(out)))))
    kinds = [record.type for _, _, record in walk_members(warc)]
    assert kinds[0] == "warcinfo"
    assert kinds.count("response") == 1


def archive_names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [name for name in archive.namelist() if name.startswith("archive/")]


def test_requests_come_with_their_responses(folder: DataFolder, tmp_path: Path) -> None:
    out = tmp_path / "part.wacz"
    export_wacz(folder, out, Selection(since=date(2024, 1, 6), until=date(2024, 1, 8)))
    (name,) = archive_names(out)
    records = [record.type for _, _, record in walk_members(write(tmp_path / "x.warc.gz", read(out, name)))]
    assert records == ["warcinfo", "request", "response"]


def test_a_revisit_brings_its_original(folder: DataFolder, tmp_path: Path) -> None:
    out = tmp_path / "revisit.wacz"
    export_wacz(folder, out, Selection(since=date(2024, 1, 9)))
    assert check_wacz(out) == []
    assert sorted(json.loads(line.split(" ", 2)[2])["mime"] for line in index(out)) == ["text/html", "warc/revisit"]
    assert len(pages(out)) == 1


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (Selection("baonaodo"), "nothing in the archive"),
        (Selection(query="SELECT title FROM articles"), "must give one of"),
        (Selection(query="DROP TABLE captures"), "cannot be run"),
        (Selection(query="SELECT url FROM read_csv('/etc/passwd')"), "cannot be run"),
        (Selection(query="SELECT 1) ; SELECT (2"), "cannot be run|must give"),
    ],
)
def test_wrong_selections_are_usage_errors(selection: Selection, said: str, folder: DataFolder, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        export_wacz(folder, tmp_path / "x.wacz", selection)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_archive_or_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    folder = sample_archive(tmp_path / "data")
    (warc,) = folder.warc_files()
    data = bytearray(warc.read_bytes())
    data[len(data) // 2] ^= 0xFF
    warc.write_bytes(bytes(data))
    with pytest.raises(DamagedFile, match="at byte"):
        export_wacz(folder, tmp_path / "x.wacz")
    with pytest.raises(StorageError, match="export failed"):
        export_wacz(folder, tmp_path / "no" / "such" / "x.wacz")
    with pytest.raises(UsageError, match=r"\.wacz"):
        export_wacz(folder, tmp_path / "x.zip")
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def repack(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return target


def _reindexed(name: str, data: bytes) -> bytes:
    """An index whose lines lead elsewhere."""
    if name != "indexes/index.cdx.gz":
        return data
    return gzip.compress(gzip.decompress(data).replace(b'"offset": "', b'"offset": "9'))


TAMPERED: dict[str, tuple[Callable[[str, bytes], bytes | None], str]] = {
    "no pages": (lambda name, data: None if name.startswith("pages/") else data, "pages.jsonl is missing"),
    "no digest": (lambda name, data: None if name.endswith("digest.json") else data, "digest.json is missing"),
    "other record": (_reindexed, "block of the index|leads to no such record"),
    "other text": (
        lambda name, data: data.replace(b'"text"', b'"TEXT"') if name.startswith("pages/") else data,
        "its digest is not",
    ),
    "other package": (
        lambda name, data: data + b" " if name == "datapackage.json" else data,
        "not the digest of datapackage",
    ),
    "page of nowhere": (
        lambda name, data: data.replace(b"3161422.html", b"9999999.html") if name.startswith("pages/") else data,
        "is not in the index",
    ),
    "torn record": (lambda name, data: data[:-20] if name.startswith("archive/") else data, "cut short"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_the_check_sees_what_was_tampered_with(name: str, folder: DataFolder, tmp_path: Path) -> None:
    export_wacz(folder, tmp_path / "good.wacz")
    change, said = TAMPERED[name]
    found = check_wacz(repack(tmp_path / "good.wacz", tmp_path / "bad.wacz", change))
    assert any(re.search(said, problem) for problem in found), found


def test_the_check_sees_headers_that_replayweb_page_cannot_read(folder: DataFolder, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.wacz", tmp_path / "bad.wacz"
    export_wacz(folder, good)
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            with new.open(name, "w", force_zip64=name.startswith("pages/")) as out:
                out.write(old.read(name))
    assert check_wacz(bad) == ["pages/pages.jsonl: its two headers differ in length; ReplayWeb.page cannot read it"]


def test_what_is_exported_can_be_imported(folder: DataFolder, tmp_path: Path) -> None:
    out = tmp_path / "all.wacz"
    export_wacz(folder, out)
    other = DataFolder(tmp_path / "other")
    results = list(Importer(other, PlainExtractor()).file(out))
    assert len(results) == 3
    said = {(row["article_id"], row["text_sha256"]) for row in read_rows(folder.path, "articles")}
    assert {(row["article_id"], row["text_sha256"]) for row in read_rows(other.path, "articles")} == said


def test_the_command(tmp_path: Path) -> None:
    folder = sample_archive(tmp_path / "data")
    out = tmp_path / "x.wacz"
    done = baotinh(folder.path, "export", "wacz", str(out), "--portal", "baocaobang", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["pages"] == 3
    assert check_wacz(out) == []
    assert package(out)["wacz_version"] == "1.1.1"
    done = baotinh(folder.path, "export", "wacz", str(out), "--wacz-version", "1.2.0")
    assert done.returncode == 0, done.stderr
    assert package(out)["profile"] == "wacz"
    assert check_wacz(out) == []
    wrong = baotinh(folder.path, "export", "wacz", str(out), "--since", "gestern")
    assert wrong.returncode == 2
    assert baotinh(folder.path, "export", "wacz", str(out), "--portal", "nobody").returncode == 2
