"""Pages that link to what is taken down: found however the link is written, and deleted with it if that is asked."""

from __future__ import annotations

import gzip
import hashlib
import html
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.access import PurgeList, Target
from archive.cli import main
from archive.errors import UsageError
from archive.layout import DataFolder
from archive.model import Exchange
from archive.purge.links import LinkFinder, find_links
from archive.purge.orders import NothingMatched, Order, purge
from archive.rebuild import Rebuild, rebuild
from archive.revisit import metadata
from archive.wacz import export_wacz
from tests.archive.crawled import begun, check, exchange, members, rows, tables
from tests.archive.purging import LATER, REASON, URL, holders
from tests.archive.samples import FIRST_FETCH, HOST, PAGES, PlainExtractor

CANARY = "Bảo Lạc khánh thành cầu treo"
NAME = URL.rpartition("/")[2]
WITH = Order(URL, REASON, "delete", with_listings=True)
FEED, SITEMAP, API, SECTION = f"{HOST}/rss/home.rss", f"{HOST}/sitemap.xml.gz", f"{HOST}/api/moi", f"{HOST}/Thoi-su"
ARTICLE = f"{HOST}/bai-viet-9.html"
STRANGER = "https://example.org/trich-dan.html"
ITEMS = [{"title": CANARY, "link": URL}, *({"title": f"Tin {number}"} for number in range(40))]
API_BODY = json.dumps(ITEMS).replace("/", "\\/").encode()
LISTINGS = sorted([FEED, SITEMAP, API, SECTION])

ESCAPES: dict[str, Callable[[str], str]] = {
    "plain": lambda link: link,
    "html": lambda link: html.escape(link).replace("/", "&#x2F;"),
    "html twice": lambda link: html.escape(html.escape(link).replace("/", "&#47;")),
    "json": lambda link: json.dumps(link)[1:-1].replace("/", "\\/"),
    "json codes": lambda link: link.replace("/", "\\u002F").replace("-", "\\u002d"),
    "json in json": lambda link: json.dumps(json.dumps(link).replace("/", "\\/"))[1:-1],
    "percent": lambda link: quote(link, safe=""),
    "percent twice": lambda link: quote(quote(link, safe=""), safe=""),
}
FRAMES = (
    '<a href="%s">Tin</a>',
    "<a href='%s'>Tin</a>",
    "<a href=%s>Tin</a>",
    "<link>%s</link>",
    "<![CDATA[%s]]>",
    '{"url":"%s","id":7}',
    "Xem %s.",
    "(%s)",
    '<a href="https://chia.se/?u=%s&amp;t=1">',
    "onclick=\"window.open('%s', 1)\"",
)


def said(text: str, url: str = SECTION, target: str = URL) -> bool:
    return LinkFinder(Target.of(target)).links(url, text)


class TestLinkFinder:
    @pytest.mark.parametrize("escape", ESCAPES)
    @pytest.mark.parametrize("frame", FRAMES)
    @pytest.mark.parametrize("link", [URL, URL.replace("https", "http"), URL.replace("https://", "//www."), f"/{NAME}"])
    def test_however_it_is_written(self, escape: str, frame: str, link: str) -> None:
        assert said(frame % ESCAPES[escape](link))

    @pytest.mark.parametrize(
        ("page", "link"),
        [
            (f"{HOST}/Thoi-su/trang-2", f"../{NAME}"),
            (f"{HOST}/Thoi-su", NAME),
            (f"{HOST}/Thoi-su", f"./{NAME}#binh-luan"),
            (f"{HOST}/a/b/c", f'"><base href="/">"{NAME}'),
            ("https://api.baocaobang.vn/v1/tin", f"/{NAME}"),
            ("https://baohagiang.vn/", f"{URL}"),
        ],
    )
    def test_relative_to_what(self, page: str, link: str) -> None:
        assert said(f'<a href="{link}">', page)

    @pytest.mark.parametrize(
        "text",
        [
            f'<a href="{URL}?trang=2">',
            f'<a href="{URL}.bak">',
            f'<a href="https://baohagiang.vn/{NAME}">',
            f'<a href="/in-bai/{NAME}">',
            f'<a href="/{NAME[1:]}">',
            f'<base href="http://["><a href="x{NAME}">',
            "",
        ],
    )
    def test_what_is_another_address(self, text: str) -> None:
        assert not said(text)

    def test_a_relative_link_elsewhere_is_another_address(self) -> None:
        assert not said(f'<a href="/{NAME}">', "https://baohagiang.vn/")

    @pytest.mark.parametrize(
        ("target", "link"),
        [
            (f"{HOST}/tin?id=7&muc=thoi-su", f"{HOST}/tin?muc=thoi-su&amp;id=7"),
            (f"{HOST}/?id=3161421", "?id=3161421"),
            (f"{HOST}/bai-viet-*", f"/{NAME}"),
            (f"{HOST}/thoi-su/*", "/Thoi-su/1.html"),
            (f"{HOST}/*", f"{HOST}/1.html"),
            (f"{HOST}/cầu-treo.html", "/c%E1%BA%A7u-treo.html"),
            (f"{HOST}/c%E1%BA%A6u.html", "/cẦu.html"),
            (f"{HOST}/bài (1).html", "/bài (1).html"),
        ],
    )
    def test_other_addresses(self, target: str, link: str) -> None:
        assert said(f'<a href="{link}">', f"{HOST}/", target)

    @given(
        slug=st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=4, max_size=30).map(lambda s: f"b{s}.html"),
        frame=st.sampled_from(FRAMES),
        first=st.sampled_from(sorted(ESCAPES)),
        noise=st.text(max_size=40),
    )
    def test_any_slug_in_any_noise(self, slug: str, frame: str, first: str, noise: str) -> None:
        noise = noise.translate(dict.fromkeys(map(ord, "%\\&/:"), " "))
        text = f"{noise}\n{frame % ESCAPES[first](f'{HOST}/{slug}')}\n{noise}"
        assert said(text, SECTION, f"{HOST}/{slug}")
        assert not said(text, SECTION, f"{HOST}/x{slug}")

    @given(st.text(max_size=200))
    def test_nothing_breaks_it(self, noise: str) -> None:
        assert said(noise, noise) in (True, False)


def answer(url: str, body: bytes, mime: str, *headers: str, started: float = 0) -> Exchange:
    lines = ("HTTP/1.1 200 OK", f"Content-Type: {mime}", *headers, f"Content-Length: {len(body)}")
    path = "/" + url.split("/", 3)[3]
    return Exchange(
        url,
        FIRST_FETCH + timedelta(minutes=started),
        f"GET {path} HTTP/1.1\r\nHost: baocaobang.vn\r\n\r\n".encode(),
        "\r\n".join(lines).encode() + b"\r\n\r\n" + body,
        via="section:/Thoi-su",
    )


def listing(item: str = f'<a href="/{NAME}">{CANARY}</a>') -> bytes:
    rest = "".join(f"<p>{hashlib.sha256(bytes([number])).hexdigest()}</p>" for number in range(40))
    return f"<!DOCTYPE html><html><body><h1>Thời sự</h1>{item}{rest}</body></html>".encode()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A page, and listings of four kinds and codings with its title; one repeated; an article that links to it."""
    folder = DataFolder(tmp_path / "data")
    run = begun(folder)
    run.record(exchange(replace(PAGES[0], lead="Lễ khánh thành.")))
    run.record(exchange(PAGES[1]))
    run.record(answer(SECTION, brotli.compress(listing()), "text/html", "Content-Encoding: br", started=1))
    item = f"<item><title>{CANARY}</title><link>{URL}</link></item>"
    run.record(answer(FEED, gzip.compress(item.encode()), "application/rss+xml", "Content-Encoding: gzip", started=2))
    urls = f"<urlset><url><loc>{URL}</loc><news:title>{CANARY}</news:title></url></urlset>"
    run.record(answer(SITEMAP, gzip.compress(urls.encode()), "application/x-gzip", started=3))
    run.record(answer(API, API_BODY, "application/json", started=4))
    run.record(
        answer(f"{HOST}/lien-he", b"<html><body>Li\xc3\xaan h\xe1\xbb\x87</body></html>", "text/html", started=5)
    )
    story = replace(PAGES[2], number=9, paragraphs=("Đọc thêm:", f'<a href="{URL}">tin trước</a>'))
    run.record(exchange(story, FIRST_FETCH + timedelta(minutes=6)))
    run.close()
    again = begun(folder, "20240106020000-d4e5f6")
    again.record(answer(SECTION, brotli.compress(listing()), "text/html", "Content-Encoding: br", started=1500))
    again.record(exchange(PAGES[2], LATER))
    again.close()
    elsewhere = begun(folder, "20240106030000-eeeeee", "other")
    elsewhere.record(answer(STRANGER, listing(f'<a href="{URL}">nguồn</a>'), "text/html", started=9))
    elsewhere.close()
    assert [row["record_type"] for row in rows(folder, "captures") if row["url"] == SECTION] == ["response", "revisit"]
    assert check(folder).clean
    return folder


class TestFindLinks:
    def test_listings_and_others_are_told_apart(self, folder: DataFolder) -> None:
        found = find_links(folder, Target.of(URL))
        assert sorted(page.url for page in found if page.listing) == sorted([*LISTINGS, SECTION])
        assert [page.url for page in found if not page.listing] == [ARTICLE, STRANGER]

    def test_a_listing_that_was_cut_short_is_one_by_its_address(self, folder: DataFolder) -> None:
        run = begun(folder, "20240108020000-ffffff")
        run.record(replace(answer(SECTION, listing(), "text/html", started=4000), truncated="disconnect"))
        run.close()
        found = find_links(folder, Target.of(URL))
        assert len([page for page in found if page.listing and page.url == SECTION]) == 3

    def test_an_address_that_was_an_article_once_is_no_listing(self, folder: DataFolder) -> None:
        run = begun(folder, "20240108020000-ffffff")
        run.record(answer(ARTICLE, json.dumps([URL]).encode(), "application/json", started=4000))
        run.close()
        found = find_links(folder, Target.of(URL))
        assert not any(page.listing for page in found if page.url == ARTICLE)


class TestPurge:
    def test_title_and_lead_are_nowhere_left(self, folder: DataFolder) -> None:
        job = purge(folder, WITH, PlainExtractor())
        assert holders(folder.path, CANARY) == []
        report = check(folder)
        assert report.clean, report.findings
        assert job.counts["listings"] == 5
        left = {row["url"] for row in rows(folder, "captures")}
        assert left == {PAGES[1].url, PAGES[2].url, f"{HOST}/lien-he", ARTICLE, STRANGER}
        assert {row["url"] for row in rows(folder, "articles")} == {PAGES[1].url, PAGES[2].url, ARTICLE}

    def test_without_the_option_they_stay(self, folder: DataFolder) -> None:
        job = purge(folder, replace(WITH, with_listings=False), PlainExtractor())
        assert "listings" not in job.counts
        assert holders(folder.path, CANARY)
        assert {row["url"] for row in rows(folder, "captures")} >= set(LISTINGS)

    def test_they_can_be_taken_afterwards(self, folder: DataFolder) -> None:
        purge(folder, replace(WITH, with_listings=False), PlainExtractor())
        purge(folder, WITH, PlainExtractor())
        assert holders(folder.path, CANARY) == []
        assert check(folder).clean
        with pytest.raises(NothingMatched):
            purge(folder, WITH, PlainExtractor())

    def test_their_tombstones(self, folder: DataFolder) -> None:
        job = purge(folder, WITH, PlainExtractor())
        records = [record for path in folder.warc_files() for _, record in members(path)]
        stones = [record for record in records if "tombstone" in metadata(record)]
        assert sorted(stone.url or "" for stone in stones) == sorted([URL, SECTION, *LISTINGS])
        assert {metadata(stone)["tombstone"] for stone in stones} == {job.id}
        assert all((f"linked-to: {URL}" in stone.block.decode()) == (stone.url != URL) for stone in stones)

    def test_a_listing_may_be_crawled_again(self, folder: DataFolder) -> None:
        purge(folder, WITH, PlainExtractor())
        known = PurgeList.load(folder)
        assert known.covers(URL)
        assert not any(known.covers(url) for url in LISTINGS)
        run = begun(folder, "20240109020000-abcdef")
        run.record(answer(SECTION, listing(""), "text/html", started=5000))
        run.close()
        assert [row["record_type"] for row in rows(folder, "captures") if row["url"] == SECTION] == ["response"]
        assert check(folder).clean

    def test_a_rebuild_agrees(self, folder: DataFolder) -> None:
        purge(folder, WITH, PlainExtractor())
        before = tables(folder)
        rebuild(folder, PlainExtractor(), Rebuild(), jobs=0)
        assert tables(folder) == before

    def test_an_article_address_with_the_same_bytes_takes_them_over(self, folder: DataFolder) -> None:
        """A server that answers an article's address with a listing: nobody knows that it is one, so it stays."""
        for url, run_id in ((f"{HOST}/Xa-hoi", "20240108020000-ffffff"), (ARTICLE, "20240109020000-abcdef")):
            run = begun(folder, run_id)
            run.record(answer(url, listing(), "text/html", started=5000))
            run.close()
        (row,) = [row for row in rows(folder, "captures") if row["run_id"] == "20240109020000-abcdef"]
        assert row["record_type"] == "revisit"
        purge(folder, WITH, PlainExtractor())
        report = check(folder)
        assert report.clean, report.findings
        (row,) = [row for row in rows(folder, "captures") if row["run_id"] == "20240109020000-abcdef"]
        assert (row["url"], row["record_type"], row["fidelity"]) == (ARTICLE, "response", "wire")
        assert holders(folder.path, CANARY) == [f"warc/{row['warc_filename']}"]

    def test_exports_with_a_listing_go(self, folder: DataFolder) -> None:
        purge(folder, replace(WITH, with_listings=False), PlainExtractor())
        export_wacz(folder, folder.path / "all.wacz")
        purge(folder, WITH, PlainExtractor())
        assert holders(folder.path, CANARY) == []
        assert not (folder.path / "all.wacz").exists()

    def test_the_address_can_be_forgotten(self, folder: DataFolder) -> None:
        purge(folder, replace(WITH, forget=True, url=URL), PlainExtractor())
        stay = {one for path in folder.warc_files() for data, one in _names(path)}
        assert {url for url in stay if url} == {ARTICLE, STRANGER}, "those that link to it and stay"
        assert NAME not in (folder.state / "purges.jsonl").read_text()

    def test_only_records_can_go(self) -> None:
        for level in ("hide", "unlist"):
            with pytest.raises(UsageError, match="--with-listings needs --level delete"):
                replace(WITH, level=level).check()


def _names(path: Path) -> list[tuple[bytes, str | None]]:
    """The members that hold the address, and whose they are."""
    return [(data, record.url) for data, record in members(path) if NAME.encode() in record.block]


class TestCommand:
    def run(self, folder: DataFolder, *arguments: str) -> int:
        common = ["purge", URL, "--reason", REASON, "--level", "delete"]
        return main(["--data", str(folder.path), *common, *arguments])

    def test_the_plan_names_them(self, folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(folder, "--dry-run") == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "5 captures of listings, feeds and the like link to it: --with-listings takes them, too." in said
        assert all(f"listing: {url}" in said for url in LISTINGS)
        assert f"linked from: {ARTICLE}" in said
        assert self.run(folder, "--dry-run", "--with-listings") == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "5 captures of listings, feeds and the like link to it and go with it:" in said

    def test_json(self, folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(folder, "--dry-run", "--json") == 0
        said = json.loads(capsys.readouterr().out)
        assert said["listings"] == {"records": 5, "urls": LISTINGS}
        assert said["linked_from"] == [ARTICLE, STRANGER]
        assert said["with_listings"] is False

    def test_it_is_done(self, folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(folder, "--yes", "--with-listings", "--json") == 0
        said = json.loads(capsys.readouterr().out)
        assert said["counts"]["listings"] == 5
        assert holders(folder.path, CANARY) == []
