from __future__ import annotations

from pathlib import Path

import pytest

from scrapers.middlewares.robots import RobotsPolicy
from tests.acceptance.crawling import scrapy
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.site import Answer, Fault, Request, Site

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


def test_what_lies_behind_500_kib_is_not_read() -> None:
    body = b"User-agent: *\n" + b"# dong trong\n" * 40_000 + b"Disallow: /\n"
    assert RobotsPolicy.from_response(200, body).allows("https://a.vn/")


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
