from __future__ import annotations

from pipelines.rules import Rules

RULES = Rules("t/1", r"^/(?:x/)?[a-z-]+-(?P<id>\d+)\.html(?:\?|$)")


def test_article_addresses_are_told_by_path_and_query() -> None:
    match = RULES.match("https://a.vn/mua-lu-12.html?page=2")
    assert match is not None
    assert match.group("id") == "12"
    assert RULES.match("https://a.vn/mua-lu.html") is None
    assert RULES.match("http://[") is None
