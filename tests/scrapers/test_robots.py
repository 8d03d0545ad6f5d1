from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.layout import DataFolder
from archive.members import walk_members
from scrapers.middlewares.robots import RobotsPolicy
from scrapers.middlewares.robots_copy import Copy, keep_copy, read_copy
from tests.acceptance.crawling import scrapy
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.site import Answer, Fault, Request, Site, redirect
from tests.scrapers.visiting import Visit, visit

RULES = b"\xef\xbb\xbfUser-agent: *\nDisallow: /admin/\nAllow: /admin/cong-khai\nDisallow: /*.pdf$\n\nSitemap: https://a.vn/s.xml\n"


@pytest.mark.parametrize(
    ("status", "body", "path", "allowed"),
    [
        (200, RULES, "/thoi-su", True),
        (200, RULES, "/admin/x", False),
        (200, RULES, "/admin/cong-khai/x", True),
        (200, RULES, "/a.pdf", False),
        (200, RULES, "/a.pdf?x=1", True),
        (200, b"", "/thoi-su", True),
        (200, b"<html>404 khong tim thay</html>", "/thoi-su", True),
        (200, b"User-agent: baotinh\nDisallow: /\nUser-agent: *\nAllow: /", "/thoi-su", False),
        (200, b"User-agent: khac\nDisallow: /", "/thoi-su", True),
        (404, b"User-agent: *\nDisallow: /", "/thoi-su", True),
        (403, b"", "/thoi-su", True),
        (429, b"", "/thoi-su", False),
        (500, b"User-agent: *\nAllow: /", "/thoi-su", False),
        (503, b"", "/thoi-su", False),
    ],
)
def test_policies_of_rfc_9309(status: int, body: bytes, path: str, allowed: bool) -> None:
    assert RobotsPolicy.from_response(status, body).allows(f"https://a.vn{path}") is allowed


def test_sitemaps_are_named() -> None:
    assert RobotsPolicy.from_response(200, RULES).sitemaps == ["https://a.vn/s.xml"]


@pytest.mark.parametrize(
    ("body", "path", "allowed"),
    [
        (b"User-agent: *\rDisallow: /a\rDisallow: /b\r", "/b", False),
        (b"User-agent: *\r\nDisallow: /a\r\n", "/a", False),
        (b"USER-AGENT: BaoTinh\ndisallow: /a\n", "/a", False),
        (b"User-agent: khac\nUser-agent: baotinh\nDisallow: /a\n", "/a", False),
        (b"User-agent: baotinh\nDisallow: /a\nUser-agent: *\nDisallow: /\n", "/b", True),
        (b"User-agent: baotinh\nDisallow: /a\nUser-agent: baotinh\nDisallow: /b\n", "/a", False),
        (b"User-agent: *\nDisallow: /a # ghi chu\n", "/a", False),
        (b"User-agent: *\nDisallow:\n", "/a", True),
        (b"User-agent: *\nDisallow: /a\nAllow: /a\n", "/a", True),
        (b"User-agent: *\nDisallow: /*/in/*.html$\n", "/x/in/y.html", False),
        (b"User-agent: *\nDisallow: /*/in/*.html$\n", "/x/in/y.html5", True),
        (b"User-agent: *\nDisallow: /th%E1%BB%9Di-s%E1%BB%B1\n", "/thời-sự/1", False),
        ("User-agent: *\nDisallow: /thời-sự\n".encode(), "/th%e1%bb%9di-s%e1%bb%b1/1", False),
        (b"User-agent: *\nDisallow: /a%2Fb\n", "/a/b", True),
        (b"User-agent: *\nDisallow: /\n", "/robots.txt", True),
        (b"\xff\xfe\x00rac\nUser-agent: *\nDisallow: /a\n", "/a", False),
        (b"\xef\xbb\xbf<!DOCTYPE html><pre>\nUser-agent: *\nDisallow: /\n</pre>", "/a", True),
        (b"Disallow: /\n", "/a", True),
    ],
)
def test_rules(body: bytes, path: str, allowed: bool) -> None:
    assert RobotsPolicy.from_response(200, body).allows(f"https://a.vn{path}") is allowed


def test_what_lies_behind_500_kib_is_not_read() -> None:
    limit = 500 * 1024
    for end in (b"\n", b"\r\n", b"\r"):
        start = b"User-agent: *" + end
        room = limit - len(start) - len(b"Disallow: /a" + end)
        inside = start + b"#" * (room - len(end)) + end + b"Disallow: /a" + end
        assert len(inside) == limit
        behind = inside + b"Disallow: /" + end
        for body in (inside, behind):
            policy = RobotsPolicy.from_response(200, body)
            assert (policy.allows("https://a.vn/a"), policy.allows("https://a.vn/b")) == (False, True)
        # A line that the limit cuts in two is not read as a shorter one.
        cut = start + b"#" * (room - len(end) - 2) + end + b"Disallow: /a/b/c" + end
        assert len(cut) > limit
        assert RobotsPolicy.from_response(200, cut).allows("https://a.vn/a/b/c")
    assert RobotsPolicy.from_response(200, b"#" * (limit + 1)).allows("https://a.vn/")


@given(st.binary(max_size=400))
def test_any_file_is_a_policy(body: bytes) -> None:
    policy = RobotsPolicy.from_response(200, b"User-agent: *\n" + body)
    assert policy.allows("https://a.vn/a") in (True, False)
    assert policy.span >= 0
    assert all("\n" not in value for _, value in policy.fields("https://a.vn", 0.0))


class _Closed(Site):
    """A portal that forbids everything, slowly."""

    host = "baocaobang.vn"
    scheme = "both"

    def route(self, request: Request) -> Answer | None:
        if request.path == "/robots.txt":
            return Answer(200, b"User-agent: *\nDisallow: /\n", "text/plain")
        return Answer(200, b"<html><body>should never be asked for</body></html>")


def test_no_request_overtakes_robots(tmp_path: Path) -> None:
    site = _Closed()
    site.faults["/robots.txt"] = Fault(delay=0.5)
    with ReplicaServer([site]) as server:
        done = scrapy("harvest", "baocaobang", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16", data=tmp_path, server=server)
    assert dict(server.counts) == {"https://baocaobang.vn/robots.txt": 1}
    assert done.reports["baocaobang"]["robots"]["forbidden"] == 12
    assert done.code == 5
    assert "robots.txt forbids it" in done.err
    assert [row["outcome"] for row in read_rows(tmp_path, "captures")] == ["robots"]


class _Told(Site):
    """A portal whose robots.txt forbids /x, and is found where it is sent to."""

    host = "told.example.vn"
    aliases = ("elsewhere.example.vn",)
    scheme = "http"

    def __init__(self, hops: int = 0) -> None:
        super().__init__()
        self.hops = hops

    def route(self, request: Request) -> Answer | None:
        hop = 0 if request.path == "/robots.txt" else int(request.path[2:]) if request.path.startswith("/h") else None
        if hop is None:
            return Answer(200, b"<html><body>tin</body></html>")
        if hop < self.hops:
            return redirect(f"http://elsewhere.example.vn/h{hop + 1}")
        return Answer(200, b"User-agent: *\nDisallow: /x\n", "text/plain")


def _visit(site: Site, data: Path, before: str = "", **settings: object) -> Visit:
    with ReplicaServer([site]) as server:
        urls = [f"http://told.example.vn{path}" for path in ("/a", "/x")]
        return visit(
            urls, data, connect_to=server.connect_to, settings={"DOWNLOAD_DELAY": 0, **settings}, before=before
        )


def _came(done: Visit) -> list[int | str]:
    return [done.came[f"http://told.example.vn{path}"] for path in ("/a", "/x")]


def _decisions(data: Path) -> list[str]:
    return [
        record.block.decode().split("robots-decision: ")[1].split("\r")[0]
        for path in sorted((data / "warc").glob("*.warc.gz"))
        for _, _, record in walk_members(path)
        if record.type == "metadata"
    ]


@pytest.mark.parametrize("hops", [1, 5, 10])
def test_redirects_are_followed_and_the_rules_are_those_of_the_origin(tmp_path: Path, hops: int) -> None:
    assert _came(_visit(_Told(hops), tmp_path)) == [200, "robots.txt"]
    hosts = [row["url_host_name"] for row in read_rows(tmp_path, "captures") if row["url_path"] != "/a"]
    assert hosts.count("elsewhere.example.vn") == hops


def test_a_chain_without_end_counts_as_unreachable(tmp_path: Path) -> None:
    assert _came(_visit(_Told(11), tmp_path)) == ["robots.txt"] * 2


def test_a_copy_is_honoured_for_a_day(tmp_path: Path) -> None:
    assert _came(_visit(_Told(), tmp_path)) == [200, "robots.txt"]
    down = _Told()
    down.faults["/robots.txt"] = Fault(status=500)
    done = _visit(down, tmp_path)
    assert _came(done) == [200, "robots.txt"]
    assert done.counted("robots/") == {"cached": 1, "forbidden": 1, "status/500": 1}
    mute = _Told()
    mute.faults["/robots.txt"] = Fault(close=True)
    assert _came(_visit(mute, tmp_path)) == [200, "robots.txt"]

    (copy,) = (tmp_path / "state" / "robots").iterdir()
    said = json.loads(copy.read_text())
    assert base64.b64decode(said["body"]) == b"User-agent: *\nDisallow: /x\n"
    copy.write_text(json.dumps({**said, "fetched": (datetime.now(UTC) - timedelta(hours=24, seconds=1)).isoformat()}))
    assert _came(_visit(down, tmp_path)) == ["robots.txt"] * 2
    assert _decisions(tmp_path) == ["rules", "cached", "cached", "disallow-all"]


def test_a_damaged_copy_is_none(tmp_path: Path) -> None:
    folder, origin = DataFolder(tmp_path), "https://a.vn"
    kept = Copy(datetime.now(UTC), 200, b"User-agent: *\n\xff", [("tdm-policy", "x")])
    assert read_copy(folder, origin) is None
    keep_copy(folder, origin, kept)
    assert read_copy(folder, origin) == kept
    (path,) = (tmp_path / "state" / "robots").iterdir()
    whole = path.read_text()
    said = json.loads(whole)
    for other in ({"origin": "http://a.vn"}, {"fetched": "2026-11-22T00:00:00"}, {"body": "%"}, {"headers": 1}):
        path.write_text(json.dumps({**said, **other}))
        assert read_copy(folder, origin) is None
    for text in ("[]", "", *(whole[:cut] for cut in range(1, len(whole), 7))):
        path.write_text(text)
        assert read_copy(folder, origin) is None


def test_a_long_run_asks_again_after_a_day(tmp_path: Path) -> None:
    short = "import scrapers.middlewares.robots as robots\nrobots._FRESH = robots.timedelta(seconds=0.2)"
    site = _Told()
    site.faults["/a"] = Fault(status=301, headers=(("Location", "/b"),), delay=0.5)
    with ReplicaServer([site]) as server:
        url = "http://told.example.vn/a"
        done = visit([url], tmp_path, connect_to=server.connect_to, settings={"DOWNLOAD_DELAY": 0}, before=short)
        assert server.counts["http://told.example.vn/robots.txt"] == 2
    assert done.came == {url: 200}
    assert _decisions(tmp_path) == ["rules", "rules"]
