"""Images of articles: all of them once when they are asked for, none when not, a reason for each that is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from archive.httpmessage import parse_response
from archive.layout import DataFolder
from archive.members import read_member
from tests.acceptance.crawling import Finished, scrapy
from tests.conftest import ROOT, read_rows
from tests.replica.server import ReplicaServer
from tests.replica.site import Answer, Fault, Request, Site, redirect
from tests.replica.sites import build_site, build_sites
from tests.replica.sites.markup import picture

BAOTINH = Path(sys.executable).parent / "baotinh"
TARGETS = ("baocaobang", "baolangson", "baohagiang", "hdnd_caobang", "caobang_gov", "http://tintucvungcao.vn/")
Row = dict[str, Any]


@dataclass(frozen=True)
class Crawled:
    """A harvest of the six replicas with images, what it wrote, and how often each address was asked for."""

    done: Finished
    data: Path
    counts: Counter[str]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    data = tmp_path_factory.mktemp("images") / "data"
    with ReplicaServer(build_sites(count=8)) as server:
        yield Crawled(scrapy("harvest", *TARGETS, data=data, server=server, images="1"), data, server.counts)


def baotinh(data: Path, *arguments: str) -> str:
    command = [str(BAOTINH), "--data", str(data), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def images_of(articles: list[Row]) -> list[str]:
    return [image["url"] for article in articles for image in article["images"]]


def captured(data: Path) -> list[Row]:
    return [row for row in read_rows(data, "captures") if row["outcome"] == "image"]


def asked(server: ReplicaServer) -> list[str]:
    """The addresses of pictures that reached the server, in the order of their first request."""
    return [url for url in server.counts if url.endswith((".jpg", ".png"))]


def test_every_image_of_every_article_is_captured_once(crawled: Crawled) -> None:
    articles, captures = read_rows(crawled.data, "articles"), captured(crawled.data)
    assert len({row["portal"] for row in articles}) == 6
    assert len(images_of(articles)) > 60
    assert sorted(row["url"] for row in captures) == sorted(set(images_of(articles)))
    assert {crawled.counts[row["url"]] for row in captures} == {1}
    pages = {image: f"image:{row['url']}" for row in articles for image in images_of([row])}
    assert all(row["discovered_via"] == pages[row["url"]] for row in captures)
    assert {(row["fetch_status"], row["fidelity"], row["outcome_reason"]) for row in captures} == {(200, "wire", None)}


def test_the_bytes_are_those_of_the_pictures(crawled: Crawled) -> None:
    folder = DataFolder(crawled.data)
    for row in captured(crawled.data):
        place = row["warc_record_offset"], row["warc_record_length"]
        message = parse_response(read_member(folder.find_warc(row["warc_filename"]), *place).block)
        assert message is not None
        assert message.payload == picture(row["url_path"])[0]


def test_the_summary_says_what_was_fetched(crawled: Crawled) -> None:
    portals = Counter(row["portal"] for row in captured(crawled.data))
    assert crawled.done.code in (0, 4), crawled.done.err
    for portal, count in portals.items():
        assert f"{portal}: {count} images, " in crawled.done.out
        assert crawled.done.reports[portal]["images"]["fetched"] == count
        assert set(crawled.done.reports[portal]["images"]) == {"fetched", "bytes"}


def test_the_archive_with_images_proves_itself(crawled: Crawled, tmp_path: Path) -> None:
    assert "Nothing wrong was found." in baotinh(crawled.data, "verify")
    for name in ("one", "two"):
        baotinh(crawled.data, "rebuild", "--into", str(tmp_path / name))
    for table in ("captures", "articles"):
        made, live = read_rows(tmp_path / "one", table), read_rows(crawled.data, table)
        assert sorted(made, key=_place) == sorted(live, key=_place)
    one, two = (_files(tmp_path / name) for name in ("one", "two"))
    assert one
    assert one == two


def _files(data: Path) -> dict[Path, bytes]:
    return {path.relative_to(data): path.read_bytes() for path in (data / "corpus").rglob("*.parquet")}


def _place(row: Row) -> tuple[str, int]:
    return row["warc_filename"], row["warc_record_offset"]


def test_images_are_exported_but_are_no_pages(crawled: Crawled, tmp_path: Path) -> None:
    exported = json.loads(baotinh(crawled.data, "export", "wacz", str(tmp_path / "all.wacz"), "--json"))
    assert exported["pages"] == len(read_rows(crawled.data, "articles"))
    lines = (crawled.data / "cdx" / "index.cdxj").read_text().splitlines()
    indexed = [json.loads(line.split(" ", 2)[2]) for line in lines]
    urls = {row["url"] for row in captured(crawled.data)}
    assert {entry["url"] for entry in indexed if entry["mime"].startswith("image/")} == urls


def test_no_image_is_asked_for_by_default(tmp_path: Path) -> None:
    with ReplicaServer([build_site("hdnd_caobang", count=4)]) as server:
        done = scrapy("crawl", "hdnd_caobang", data=tmp_path, server=server)
        assert (done.code, asked(server)) == (0, [])
    assert images_of(read_rows(tmp_path, "articles"))
    assert done.reports["hdnd_caobang"]["images"] == {}
    assert "image" not in done.out


def test_what_is_held_is_not_fetched_again(tmp_path: Path) -> None:
    site = build_site("hdnd_caobang", count=4)
    with ReplicaServer([site]) as server:
        first = scrapy("crawl", "hdnd_caobang", data=tmp_path, server=server, images="1")
        counts = Counter(asked(server))
        assert counts
        again = scrapy("crawl", "hdnd_caobang", "-a", "refetch=yes", data=tmp_path, server=server, images="1")
        site.publish([replace(story, paragraphs=(*story.paragraphs, "Bổ sung.")) for story in site.stories])
        hidden = images_of(read_rows(tmp_path, "articles"))[0]
        baotinh(tmp_path, "purge", hidden, "--level", "hide", "--reason", "Theo yêu cầu.", "--yes")
        changed = scrapy("crawl", "hdnd_caobang", "-a", "refetch=yes", data=tmp_path, server=server, images="1")
        assert {server.counts[url] for url in counts} == {1}
    assert (first.code, again.code, changed.code) == (0, 0, 0)
    assert {row["version"] for row in read_rows(tmp_path, "articles")} == {1, 2}
    assert again.reports["hdnd_caobang"]["images"] == {"fetched": 0, "bytes": 0}
    held = {"fetched": 0, "bytes": 0, "skipped/held": len(counts) - 1, "skipped/taken down": 1}
    assert changed.reports["hdnd_caobang"]["images"] == held
    assert f"0 images, 0.0 MB; not fetched: {len(counts) - 1} × held, 1 × taken down" in changed.out


def test_a_budget_of_images(tmp_path: Path) -> None:
    with ReplicaServer([build_site("hdnd_caobang", count=6)]) as server:
        limits = ("-s", "ARCHIVE_IMAGES=1", "-s", "ARCHIVE_IMAGES_MAX=3")
        done = scrapy("harvest", "hdnd_caobang", *limits, data=tmp_path, server=server)
        assert len(asked(server)) == len(captured(tmp_path)) == 3
    wanted = images_of(read_rows(tmp_path, "articles"))
    assert done.code == 0, done.err
    assert done.reports["hdnd_caobang"]["images"]["skipped/budget"] == len(wanted) - 3 > 3
    assert f"3 images, 0.0 MB; not fetched: {len(wanted) - 3} × budget" in done.out


def test_a_budget_of_bytes(tmp_path: Path) -> None:
    site = build_site("hdnd_caobang", count=6)
    with ReplicaServer([site]) as server:
        limits = ("-s", "ARCHIVE_IMAGES=1", "-s", "ARCHIVE_IMAGES_MAX_BYTES=9000")
        done = scrapy("harvest", "hdnd_caobang", *limits, data=tmp_path, server=server)
    assert done.code == 0, done.err
    images = done.reports["hdnd_caobang"]["images"]
    sizes = [len(picture(row["url_path"])[0]) for row in captured(tmp_path)]
    wanted = images_of(read_rows(tmp_path, "articles"))
    assert (images["fetched"], images["bytes"]) == (len(sizes), sum(sizes))
    assert images["fetched"] + images["skipped/budget"] == len(wanted)
    # One answer was cut off where the budget ended; after it nothing more was asked for.
    assert sum(sizes) <= 9000 < sum(len(picture(urlsplit(url).path)[0]) for url in wanted)
    assert len(asked(server)) == len(sizes) + 1
    (cut,) = [row for row in read_rows(tmp_path, "captures") if row["content_truncated"]]
    assert (cut["outcome"], cut["outcome_reason"]) == ("error", "truncated: length")


def test_images_come_when_all_pages_have_been_fetched(tmp_path: Path) -> None:
    site = build_site("hdnd_caobang", count=6)
    site.publish([next(story for story in site.stories if len(story.photos) > 1)])
    with ReplicaServer([site]) as server:
        done = scrapy("crawl", "hdnd_caobang", data=tmp_path, server=server, images="1")
        order = list(server.counts)
    (article,) = read_rows(tmp_path, "articles")
    images = images_of([article])
    # The workers have not even started when the last page is in; the spider waits for what they find.
    assert len(images) > 1
    assert order[-len(images) :] == images, done.err


def test_a_run_that_is_cut_short_counts_what_it_did_not_come_to(tmp_path: Path) -> None:
    with ReplicaServer([build_site("hdnd_caobang", count=6)]) as server:
        limits = ("-s", "CLOSESPIDER_ITEMCOUNT=1")
        done = scrapy("crawl", "hdnd_caobang", *limits, data=tmp_path, server=server, images="1")
    images = done.reports["hdnd_caobang"]["images"]
    wanted = images_of(read_rows(tmp_path, "articles"))
    assert images["fetched"] == len(captured(tmp_path))
    assert images["fetched"] + images["skipped/run ended"] == len(wanted) > 0


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ("ARCHIVE_IMAGES=vielleicht", "write 1 for images"),
        ("ARCHIVE_IMAGES_MAX=0", "write ARCHIVE_IMAGES_MAX=1000"),
        ("ARCHIVE_IMAGES_MAX_BYTES=1GB", "write ARCHIVE_IMAGES_MAX_BYTES=1000"),
    ],
)
@pytest.mark.parametrize("command", ["crawl", "harvest"])
def test_bad_settings_end_at_once(tmp_path: Path, command: str, setting: str, word: str) -> None:
    done = scrapy(command, "hdnd_caobang", "-s", setting, data=tmp_path)
    assert done.code == 2
    assert word in done.err
    assert "Traceback" not in done.err


_HERE = "http://hdnd.caobang.gov.vn"
_IMAGES = {
    "/anh/tot.jpg": "fetched",
    "/anh/sai-kieu.jpg": "fetched",
    "/anh/doi.jpg": "fetched",  # at /anh/moi.png
    "/anh/doi-tiep.jpg": "duplicate",  # leads to /anh/moi.png as well
    "/anh/vong/0.jpg": "redirects",
    "/anh/ftp.jpg": "scheme",
    "/anh/trong-nha.jpg": "private address",
    "/anh/mat.jpg": "status 404",
    "/anh/loi.jpg": "status 500",
    "/anh/trang.jpg": "not an image",
    "/anh/lon.jpg": "too large",
    "/anh/dut.jpg": "ResponseDataLossError",
    "/cam/anh.jpg": "robots.txt",
    "http://nguoi-la.example/anh.jpg": "robots.txt",  # nobody may call there, so its robots.txt is unreachable
    "http://192.168.1.1/anh.jpg": "private address",
    f"/anh/{'a' * 2083}.jpg": "overlong",
    "/anh/tin-2.html": "not an image",  # the address of an article, and nothing that is one
}


class _Gallery(Site):
    """A council whose one article shows every kind of image that there may be."""

    host = "hdnd.caobang.gov.vn"
    scheme = "both"

    def route(self, request: Request) -> Answer | None:
        path = request.path
        if path == "/robots.txt":
            return Answer(200, b"User-agent: *\nDisallow: /cam/\n", "text/plain")
        if path in ("/", "/tin-tuc/"):
            return Answer(200, b'<html><body><a href="/tin-tuc/ky-hop-1.html">x</a></body></html>')
        if path == "/tin-tuc/ky-hop-1.html":
            return Answer(200, _article(tuple(_IMAGES)).encode())
        if path in ("/anh/doi.jpg", "/anh/doi-tiep.jpg"):
            return redirect("/anh/moi.png")
        if path.startswith("/anh/vong/"):
            return redirect(f"/anh/vong/{int(path[10:-4]) + 1}.jpg", 302)
        moved = {"/anh/ftp.jpg": "ftp://hdnd.caobang.gov.vn/a.jpg", "/anh/trong-nha.jpg": "http://127.0.0.1:9/a.jpg"}
        if path in moved:
            return redirect(moved[path])
        if path in ("/anh/trang.jpg", "/anh/tin-2.html"):
            return Answer(200, b"<html><body><h1>Trang chu</h1></body></html>")
        if path == "/anh/sai-kieu.jpg":
            return Answer(200, picture("/anh/sai-kieu.png")[0], "application/octet-stream")
        if path == "/anh/lon.jpg":
            return Answer(200, b"\xff\xd8\xff" + bytes(100_000), "image/jpeg")
        return Answer(200, *picture(path)) if path in ("/anh/tot.jpg", "/anh/moi.png", "/anh/dut.jpg") else None


def _article(images: tuple[str, ...]) -> str:
    text = "<p>Kỳ họp thứ mười sáu của Hội đồng nhân dân tỉnh đã thông qua mười hai nghị quyết.</p>\n" * 3
    shown = "".join(f'<figure class="article"><img src="{url}"><figcaption>Ảnh</figcaption></figure>' for url in images)
    return (
        '<html><head><meta charset="utf-8"><title>Kỳ họp</title></head><body><h1 class="title">Kỳ họp thứ mười sáu</h1>'
        f'<div id="news-bodyhtml">{text}{shown}<img src="data:image/gif;base64,R0lGODlh">'
        f'<img src="javascript:alert(1)">{text}</div></body></html>'
    )


def test_every_image_that_is_not_fetched_has_its_reason(tmp_path: Path) -> None:
    site = _Gallery()
    site.faults = {"/anh/loi.jpg": Fault(status=500), "/anh/dut.jpg": Fault(cut=0.5)}
    with ReplicaServer([site]) as server:
        limits = ("-s", "ARCHIVE_IMAGES=1", "-s", "DOWNLOAD_MAXSIZE=50000")
        done = scrapy("harvest", "hdnd_caobang", *limits, data=tmp_path, server=server)
    (article,) = read_rows(tmp_path, "articles")
    shown = {url if "://" in url else _HERE + url for url in _IMAGES}
    assert {url.replace("https://", "http://") for url in images_of([article])} == shown
    assert done.code == 0, done.err
    assert "Traceback" not in done.err
    counted = {name: n for name, n in done.reports["hdnd_caobang"]["images"].items() if name != "bytes"}
    assert counted == Counter(word if word == "fetched" else f"skipped/{word}" for word in _IMAGES.values())
    paths = sorted(row["url_path"] for row in captured(tmp_path))
    assert paths == ["/anh/moi.png", "/anh/sai-kieu.jpg", "/anh/tot.jpg"]
    assert not {"/cam/anh.jpg", "/a.jpg"} & {urlsplit(url).path for url in server.counts}
    (page,) = [row for row in read_rows(tmp_path, "captures") if row["url_path"] == "/anh/tin-2.html"]
    assert page["outcome"] == "not_article"
    assert "Nothing wrong was found." in baotinh(tmp_path, "verify")


class _Moved(_Gallery):
    """A home page that has become an article: nobody expects one there, so it is understood when the run ends."""

    def route(self, request: Request) -> Answer | None:
        return redirect("/tin-tuc/ky-hop-1.html", 302) if request.path == "/" else super().route(request)


def test_images_of_a_page_that_is_understood_at_the_end_are_counted(tmp_path: Path) -> None:
    with ReplicaServer([_Moved()]) as server:
        done = scrapy("crawl", "hdnd_caobang", data=tmp_path, server=server, images="1")
    assert len(images_of(read_rows(tmp_path, "articles"))) == len(_IMAGES)
    assert done.reports["hdnd_caobang"]["images"] == {"fetched": 0, "bytes": 0, "skipped/run ended": len(_IMAGES)}
