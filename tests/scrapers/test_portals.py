"""Rules that hold for every portal, present and future."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest

import scrapers.portals
from archive.errors import UsageError
from pipelines.html import parse_html
from scrapers.cms.unmapped import Unmapped
from scrapers.portals.baocamau import BaoCaMau
from scrapers.portals.baolaocai import BaoLaoCai
from scrapers.registry import EXTRACTOR, portal_classes, spider_for
from scrapers.sources import Section

FILES = sorted(Path(scrapers.portals.__path__[0]).glob("[a-z]*.py"))
CLASSES = portal_classes()
NAMED = {name: cls for name, cls in CLASSES.items() if name != "generic"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_portal_is_a_small_file_named_like_it(path: Path) -> None:
    text = path.read_text()
    assert path.stem in CLASSES
    assert len(text.splitlines()) <= 60
    assert "import scrapy" not in text


@pytest.mark.parametrize("name", NAMED)
def test_facts_are_complete(name: str) -> None:
    cls = NAMED[name]
    assert inspect.getdoc(cls)
    assert re.fullmatch(r"[a-z0-9.-]+\.vn", cls.domain)
    facts = cls.facts_of(name)
    assert facts.desk
    assert facts.province
    assert facts.province_2025
    assert cls.sources
    assert re.compile(cls.rules.article_path).groupindex.keys() >= {"id"}
    desks = [other.desk for other in NAMED.values()]
    assert desks.count(cls.desk) == 1


@pytest.mark.parametrize("name", NAMED)
def test_no_section_looks_like_an_article(name: str) -> None:
    spider = NAMED[name]()
    for source in spider.sources:
        if isinstance(source, Section):
            assert not spider.is_article(urljoin(spider.root, source.path))


def test_targets_are_names_sub_sites_and_addresses() -> None:
    assert spider_for("baocaobang")[0].name == "baocaobang"
    cls, arguments = spider_for("caobang_gov_baolac")
    spider = cls(**arguments)
    assert spider.domain == "baolac.caobang.gov.vn"
    assert spider.portal == "caobang_gov_baolac"
    assert spider.facts().desk == "ubnd-baolac-cao-bang"
    assert spider_for("https://example.vn/")[1] == {"url": "https://example.vn/"}
    with pytest.raises(UsageError, match="baocaobang"):
        spider_for("baocaobangg")


@pytest.mark.parametrize(
    ("name", "arguments", "word"),
    [
        ("baocaobang", {"sinse": "2023-01-01"}, "since"),
        ("baocaobang", {"sections": "bong-da"}, "Thoi-su"),
        ("generic", {}, "url=https://"),
        ("generic", {"url": "ftp://example.vn"}, "url=https://"),
        ("caobang_gov", {"site": "bao lac"}, "site=baolac"),
    ],
)
def test_bad_arguments_say_what_to_write(name: str, arguments: dict[str, str], word: str) -> None:
    with pytest.raises(UsageError, match=re.escape(word)):
        CLASSES[name](**arguments)


@pytest.mark.parametrize("cls", [BaoCaMau, BaoLaoCai])
def test_menus_start_where_the_page_says_and_name_no_tools(cls: type[Unmapped]) -> None:
    spider = cls()
    tree = parse_html(
        '<base href="/static/templates/version1/homepage/"><nav><a href="/">Trang chủ</a><a href="#">Lên đầu</a>'
        '<a href="../../../../kinh-te/">Kinh tế</a><a href="../../../../tim-kiem/x.html">Tìm</a></nav>'
        '<nav><a href="/the-thao/">Thể thao</a></nav>'
    )
    assert [section.path for section in spider.sections_in(tree, spider.root)] == ["/kinh-te/", "/the-thao/"]


def test_topics_are_no_sections_of_vdoc() -> None:
    spider = BaoCaMau()
    tree = parse_html('<nav><a href="/su-kien/bao-ve-moi-truong.214.html">Sự kiện</a><a href="/y-te/">Y tế</a></nav>')
    assert [section.path for section in spider.sections_in(tree, spider.root)] == ["/y-te/"]


def test_an_unknown_portal_in_the_archive_is_read_by_the_generic_rules() -> None:
    facts = EXTRACTOR.facts("tintucvungcao.vn")
    assert facts.desk == "tintucvungcao.vn"
    assert facts.kind == "site"
