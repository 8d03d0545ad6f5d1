"""What each CMS is known for, as the replicas show it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import etree, html

from tests.replica.browse import XHR, get, links, site_of, tree_of, words
from tests.replica.sites.markup import picture
from tests.replica.sites.vdoc_article import HOUSE_TAGS
from tests.replica.story import Story


@pytest.mark.parametrize("name", ["baocaobang", "baolangson"])
def test_mediatech_ends_html_before_it_begins(name: str) -> None:
    site = site_of(name)
    for target in ("/", site.section_path(site.sections[0][1]), *list(site.articles())[:5]):
        assert re.match(rb"<!DOCTYPE html>\n<html[^>]*></html>\n<head>", get(site, target).body)


def test_lxml_sees_nothing_on_such_a_page() -> None:
    site = site_of("baocaobang")
    tree = html.document_fromstring(get(site, next(iter(site.articles()))).body)
    assert list(tree) == []
    assert tree.text_content().strip() == ""


@pytest.mark.parametrize("name", ["baocaobang", "baolangson"])
def test_mediatech_dates_contradict_each_other(name: str) -> None:
    site = site_of(name)
    url, story = next(iter(site.articles().items()))
    tree = tree_of(get(site, url))
    data = json.loads(tree.xpath("string(//script[@type='application/ld+json'][1])"))
    assert data["datePublished"] == f"{story.published:%Y-%m-%d %H:%M:%S}"
    assert data["dateModified"].endswith(".000000Z")
    assert tree.xpath("string(//div[@class='title-time'])") == "Thứ 7, 21/11/2026 12:34 (GMT +7)"
    shown = words(tree.xpath("string(//div[@class='date font5'])"))
    assert shown.endswith(f", {story.published:%d/%m/%Y | %H:%M:%S} [GMT +7] A A")


@pytest.mark.parametrize("name", ["baocaobang", "baolangson"])
def test_mediatech_pages_only_for_scripts(name: str) -> None:
    site = site_of(name)
    number = tree_of(get(site, site.section_path(site.sections[0][1]))).xpath("string(//*[@id='cate-id']/@value)")
    target = f"/list-post-by-category?page=1&limit=12&category_id={number}"
    assert get(site, target).status == 404
    assert len(json.loads(get(site, target, XHR).body)["data"]) == 12


def test_baocaobang_numbers_its_sections_as_the_real_one() -> None:
    site = site_of("baocaobang")
    ids = {slug: tree_of(get(site, f"/{slug}")).xpath("string(//*[@id='cate-id']/@value)") for _, slug in site.sections}
    assert (ids["Thoi-su"], ids["chinh-tri"], ids["Quoc-phong-An-ninh"]) == ("57", "58", "67")


def test_baocaobang_writes_named_entities_and_its_lead_in_strong() -> None:
    site = site_of("baocaobang")
    for url, story in list(site.articles().items())[:40]:
        page = get(site, url)
        assert b"&ocirc;ng" in page.body
        assert not re.search("[À-ÿ]", re.sub(r"<script.*?</script>", "", page.body.decode(), flags=re.DOTALL))
        lead = tree_of(page).xpath("//*[@id='content-detail']/p/strong")[0]
        assert words(lead.text_content()) == words(story.lead)


def test_mediatech_bodies_vary_as_editors_and_migrations_left_them() -> None:
    pages = {
        name: [get(site_of(name), url).body.decode() for url in site_of(name).articles()]
        for name in ("baocaobang", "baolangson")
    }
    marks = {
        "baocaobang": ("block-news-list", "wp-caption-text", '<div class="author">', '<div class="pseudonym">'),
        "baolangson": ('<div class="sapo">', '<p class="sapo">', "<h2><strong>LSO</strong> – ", "{{description}}"),
    }  # fmt: skip
    for name, wanted in marks.items():
        for mark in (*wanted, "<!DOCTYPE html>\n<html>\n<head>\n</head>\n<body>", '<ins class="ads-zone-group"'):
            holding = sum(mark in page for page in pages[name])
            assert holding > 0, (name, mark)
    assert all('class="sapo"' not in page for page in pages["baocaobang"])


def test_baohagiang_hides_title_date_and_lead() -> None:
    site = site_of("baohagiang")
    for url, story in list(site.articles().items())[:60]:
        tree = tree_of(get(site, url))
        assert words(tree.xpath("string((//h1)[1])")) == "Báo Hà Giang Online"
        assert words(tree.xpath("string((//h1)[2])")) == words(story.title)
        assert words(tree.xpath("string((//h1)[last()])")) == "Tin liên quan"
        assert tree.xpath("string(//div[@class='header-date'])") == "Thứ 2, 21/10/2024"
        assert words(tree.xpath("string((//*[@id='content']//p)[1])")) == words(story.lead)
        assert re.search(rf"/{story.section_slug}/\d{{6}}/[\w-]+-[0-9a-f]{{7}}/$", url)


def test_baohagiang_carries_word_debris_retired_addresses_and_empty_captions() -> None:
    site = site_of("baohagiang")
    pages = [get(site, url).body.decode() for url in site.articles()]
    marks = (
        "<!--?xml:namespace",
        '<td class="image_desc">&nbsp;</td>',
        "baohagiang.vn/channel/",
        "/filehttp://",
        "Tin, ảnh: ",
    )
    assert all(0 < sum(mark in page for page in pages) < len(pages) for mark in marks)
    assert all("Bút danh" in page and "<html>\n<head></head>\n<body>" in page for page in pages)
    assert get(site, site.path(site.stories[0]).rstrip("/")).status == 301
    assert any(site.path(story).rstrip("/")[-7:].isdigit() for story in site.stories)


def test_nukeviet_shows_the_time_of_publishing_and_hides_that_of_editing() -> None:
    site = site_of("hdnd_caobang")
    edited = 0
    for url, story in site.articles().items():
        tree = tree_of(get(site, url))
        hidden = {tree.xpath(f"string(//*[@itemprop='{name}'])") for name in ("datePublished", "dateModified")}
        assert len(hidden) == 1
        edited += hidden != {story.published.isoformat(timespec="seconds")}
        assert words(tree.xpath("string(//span[@class='h5'])")).endswith(f" - {story.published:%d/%m/%Y %H:%M}")
        published = tree.xpath("string(//meta[@property='article:published_time']/@content)")
        assert published == f"{story.published:%Y-%m-%d+07%H:%M:%S}"
    assert 0 < edited < len(site.articles())


def test_nukeviet_carries_its_strings() -> None:
    site = site_of("hdnd_caobang")
    pages = [words(tree_of(get(site, url)).text_content()) for url in site.articles()]
    everywhere = (
        "Click để đánh giá bài viết", "Ý kiến bạn đọc", "Đang truy cập22", "Hôm nay5,602", "Thời gian chờ: 60 giây",
        "Tổng lượt truy cập7,235,900",
    )  # fmt: skip
    assert all(mark in page for mark in everywhere for page in pages)
    somewhere = (
        "Những tin mới hơn",
        "Những tin cũ hơn",
        "Theo dòng sự kiện",
        "Nguồn tin: Báo Cao Bằng",
        "(BCB)",
        "Tags: ",
    )
    assert all(0 < sum(mark in page for page in pages) < len(pages) for mark in somewhere)
    assert any("Tổng số điểm của bài viết là: 0 trong 0 đánh giá" in page for page in pages)
    captions = [tree_of(get(site, url)).xpath("//*[@id='imgpreview']//figcaption") for url in site.articles()]
    assert 0 < sum(map(bool, captions)) < len(captions)


def test_nukeviet_redirects_as_the_cms_does() -> None:
    site = site_of("hdnd_caobang")
    story = site.stories[0]
    slug, other = story.section_slug, next(known for _, known in site.sections if known != story.section_slug)
    moves = {
        f"/index.php/{slug}": f"/index.php/{slug}/",
        site.path(story).replace(f"/{slug}/", f"/{other}/"): site.path(story),
        "/index.php/about/": "/index.php/about/gioi-thieu-chung.html",
        "/index.php/khong-co/": "/index.php/",
    }
    assert {path: dict(get(site, path).headers).get("Location") for path in moves} == moves


def test_vnpt_wraps_the_page_in_a_form_with_the_furniture_first() -> None:
    for name in ("caobang_gov", "baolac"):
        site = site_of(name)
        for url, story in site.articles().items():
            tree = tree_of(get(site, url))
            form = tree.xpath("/html/body/form")[0]
            text = words(form.text_content())
            assert text.index("Tổng lượt truy cập: 603531") < text.index("Đăng nhập") < text.rindex(words(story.lead))
            assert tree.xpath("string(//div[@class='ArticleSummary'])") == story.lead
            assert {str(alt) for alt in tree.xpath("//div[@class='ArticleContent']//img/@alt")} <= {"anh tin bai"}
    assert "Ngày đăng: " in get(site_of("baolac"), next(iter(site_of("baolac").articles()))).body.decode()


def test_vnpt_names_the_source_of_what_it_republishes() -> None:
    site = site_of("caobang_gov")
    copied = [(url, story) for url, story in site.articles().items() if story.source_url]
    assert copied
    for url, story in copied:
        last = tree_of(get(site, url)).xpath("string(//div[@class='ArticleContent']/p[last()])")
        assert last == f"Nguồn: {', '.join(story.authors)} - Báo Cao Bằng (baocaobang.vn)"


def test_vnpt_writes_decimal_entities_in_titles_and_titles_in_attributes() -> None:
    site = site_of("caobang_gov")
    url = next(iter(site.articles()))
    assert re.search(rb"<title>[^<]*&#2\d\d;", get(site, url).body)
    hot = tree_of(get(site, "/")).xpath("//div[@class='HotnewsItem']/a")
    assert [link.get("type") for link in hot] == [story.title for story in site.stories[:6]]
    assert not any(str(link.get("href")).startswith(("/", "http")) for link in hot)


def test_vungcao_repeats_its_title_under_every_picture() -> None:
    site = site_of("vungcao")
    structured = 0
    for url, story in site.articles().items():
        tree = tree_of(get(site, url))
        alts = [str(alt) for alt in tree.xpath("//div[@class='entry']//img/@alt")]
        assert alts == [story.title] * len(story.photos)
        assert words(tree.xpath("string(//p[@class='post-time'])")).endswith(
            f", {story.published:%d/%m/%Y %H:%M} (GMT+7)"
        )
        data = tree.xpath("string(//script[@type='application/ld+json'])")
        structured += bool(data)
        assert not data or json.loads(data)["datePublished"] == f"{story.published:%Y-%m-%d}"
    assert 0 < structured < len(site.articles())


def test_nukeviet_feeds_print_the_month_for_the_minute() -> None:
    site = site_of("hdnd_caobang")
    item = etree.fromstring(get(site, "/index.php/rss/").body).xpath("//item")[0]
    published = site.stories[0].published.astimezone(UTC)
    stamp = f"{published:%a}, {published.day} {published:%b %Y %H}:{published.month:02d}:{published:%S} GMT"
    assert item.findtext("pubDate") == stamp
    assert item.findtext("guid") == f"news_{site.url(site.stories[0]).rpartition('-')[2].removesuffix('.html')}"


def _heads(name: str) -> list[tuple[str, Story, html.HtmlElement]]:
    return [(url, story, tree_of(get(site_of(name), url))) for url, story in site_of(name).articles().items()]


VDOC_BODIES = {
    "baocantho": "//*[@id='newscontents']",
    "baoangiang": "//*[@id='newscontents']",
    "baobinhduong": "//*[@id='contentNews']/*[@class='singular-content']",
    "baodongthap": "//*[@id='contentNews']/*[@class='singular-content']",
    "baocamau": "//div[@class='post-content']",
}


@pytest.mark.parametrize("name", VDOC_BODIES)
def test_vdoc_addresses_start_elsewhere(name: str) -> None:
    host = "images.baoangiang.com.vn" if name == "baoangiang" else site_of(name).host
    site = site_of(name)
    relative = 0
    for url, _, tree in _heads(name):
        base = tree.xpath("string(//base/@href)")
        assert base.startswith(f"https://{host}/static/")
        body = VDOC_BODIES[name]
        pictures = [str(at) for at in tree.xpath(f"{body}//img[not(ancestor::*[@class='related-list'])]/@src")]
        relative += sum(source.startswith("../") for source in pictures)
        addresses = [urljoin(base, source) for source in pictures]
        assert all(get(site, at).body == picture(urlsplit(at).path)[0] for at in addresses), url
    assert relative > 0


def test_vdoc_cuts_its_slugs_where_it_likes() -> None:
    paths = [site_of(name).path(story) for name in ("baocantho", "baoangiang") for story in site_of(name).stories]
    for form in ("/-", r"[^/]*--a\d+\.html$", r"/.{100}-a\d+\.html$"):
        assert any(re.search(form, path) for path in paths), form


def test_baocantho_hides_its_title_and_half_of_its_time() -> None:
    lines: list[str] = []
    for _, story, tree in _heads("baocantho"):
        assert words(tree.xpath("string((//h1)[1])")) == story.section
        assert words(tree.xpath("string((//h1)[2])")) == words(story.title)
        data = json.loads(tree.xpath("string(//script[@type='application/ld+json'])"))
        assert data["datePublished"] == f"{story.published:%Y-%m-%d}"
        assert tree.xpath("string(//span[@class='pubdate 128'])") == f"{story.published:%d/%m/%Y - %H:%M}"
        assert words(tree.xpath("string(//*[@id='newscontents']//p[1])")) == words(story.lead)
        lines += tree.xpath("//*[@id='newscontents']//p[contains(@style, 'right')]//text()")
    for form in (
        r"^(Tin|Bài), ảnh: ",
        r"^Theo TTXVN$",
        r"^\(Theo TTXVN\)$",
        r" \(Theo Tuổi Trẻ\)$",
        r"^\s*\(Theo Tuổi Trẻ\)",
    ):
        assert any(re.search(form, line) for line in lines), form


def test_baoangiang_tags_everything_with_its_name_and_signs_with_sources() -> None:
    ignored = 0
    for _, story, tree in _heads("baoangiang"):
        tags = [str(tag) for tag in tree.xpath("//a[@class='tag_item']/text()")]
        assert tags == [*story.tags, *HOUSE_TAGS]
        sources = [str(line) for line in tree.xpath("//*[@id='newscontents']//p[@class='author ignore']/text()")]
        assert sources == ([f"Theo {story.source_name}"] if story.source_name else [])
        ignored += len(sources)
        assert len(tree.xpath("//*[@class='content-fck-font-size']")) == 2
        assert "Hotline" in tree.xpath("string(//*[contains(@style, 'display:none')]/p[2])")
    assert ignored > 10


@pytest.mark.parametrize("name", ["baobinhduong", "baodongthap", "baocamau"])
def test_vdoc_themes_of_which_little_is_known_carry_what_the_family_is_known_for(name: str) -> None:
    site = site_of(name)
    pages = [get(site, url).body.decode() for url in site.articles()]
    everywhere = (
        'id="datenow">Thứ bảy, 21/11/2026 - 12:34<', "Bạn có thể quan tâm", "Đọc thêm", "Chia sẻ bài viết", "BÌNH LUẬN",
        "Phát triển bởi", "/static/templates/version1/homepage/", f"{site.base}/print/",
    )  # fmt: skip
    assert [mark for mark in everywhere if not all(mark in page for page in pages)] == []
    somewhere = ('href="' + site.base + "/tim-kiem/", "Theo TTXVN", "</em></td></tr>")
    assert [mark for mark in somewhere if not any(mark in page for page in pages)] == []
    printed = [" ".join(tree_of(get(site, url)).xpath(f"{VDOC_BODIES[name]}/h3/text()")) for url in site.articles()]
    assert set(printed) == {"", "Đọc thêm"}


@pytest.mark.parametrize("name", ["baobinhduong", "baodongthap"])
def test_the_singular_theme_opens_with_its_lead_and_declares_the_day(name: str) -> None:
    for _, story, tree in _heads(name):
        assert words(tree.xpath("string(//h1[@class='title'])")) == words(story.title)
        assert words(tree.xpath(f"string({VDOC_BODIES[name]}/p[1])")) == words(story.lead)
        data = json.loads(tree.xpath("string(//script[@type='application/ld+json'])"))
        assert data["datePublished"] == f"{story.published:%Y-%m-%d}"
        before = bool(tree.xpath("//div[@class='singular-info'][following-sibling::h1]"))
        assert before == (name == "baodongthap")


def test_baocamau_leads_before_its_body_and_within() -> None:
    within = 0
    for _, story, tree in _heads("baocamau"):
        assert words(tree.xpath("string((//h1)[1])")) == story.section
        assert words(tree.xpath("string((//h1)[2])")) == words(story.title)
        inside = words(tree.xpath(f"string({VDOC_BODIES['baocamau']}/p[1])")) == words(story.lead)
        assert inside != bool(tree.xpath("//p[@class='fw600 justify']"))
        within += inside
        asked = json.loads(tree.xpath("string(//form/input[@name='dataPostComment']/@value)"))
        assert asked.keys() == {"newsId", "newsCate", "newsSubcate"}
    assert 0 < within < len(site_of("baocamau").stories)


def test_onecms_declares_the_month_first_and_prints_it_second() -> None:
    ambiguous = 0
    for name in ("baonghean", "baodanang", "baohaiphong"):
        for _, story, tree in _heads(name):
            declared = tree.xpath("string(//meta[@name='article:published_time']/@content)")
            moment = datetime.strptime(declared, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=story.published.tzinfo)
            assert moment.replace(second=0) == story.published != moment
            ambiguous += story.published.day <= 12 != story.published.month
            header = words(tree.xpath("string(//*[contains(@class, 'entry')]//*[@class='sc-longform-header-meta'])"))
            assert header.endswith(f"• {story.published:%d/%m/%Y %H:%M}")
            assert words(tree.xpath("string(//*[contains(@class, 'entry')]//h1)")) == words(story.title)
    assert ambiguous > 20
    clocks = {name: tree_of(get(site_of(name), "/")).xpath("string(//meta[@property='datetimenow']/@content)")
              for name in ("baonghean", "baodanang")}  # fmt: skip
    assert clocks == {"baonghean": "21/11/2026 12:34:00", "baodanang": "11/21/2026 12:34:00 PM"}


def test_onecms_names_author_and_canonical_each_in_its_own_way() -> None:
    told = {"baonghean": 0, "baodanang": 0, "baohaiphong": 0}
    for name in told:
        site = site_of(name)
        for url, story, tree in _heads(name):
            meta = tree.xpath("string(//meta[@name='author']/@content)")
            told[name] += bool(story.authors) and meta == " - ".join(story.authors)
            as_meta = tree.xpath("string(//meta[@name='canonical']/@content)")
            assert (as_meta or tree.xpath("string(//link[@rel='canonical']/@href)")) == url
            assert bool(as_meta) == (name == "baohaiphong")
            assert tree.xpath("string(//meta[@property='og:image']/@content)").startswith("/") == (
                name == "baohaiphong"
            )
            assert re.search(rb"<title>[^<]*&#2\d\d;", get(site, url).body) or not re.search("[à-ý]", story.title)
        assert get(site, "/rss/kinh-te").status == (200 if name == "baonghean" else 404)
    assert told["baonghean"] > told["baodanang"] == told["baohaiphong"] == 0


def test_onecms_leads_away_from_articles() -> None:
    site = site_of("baonghean")
    url = next(iter(site.articles()))
    found = links(site, url)
    for form in (r"/en/.*-\d+\.html$", r"-event\d+\.html$", r"-ptag\.html$", r"/print/\d+\.html$"):
        (link, *_) = [link for link in found if re.search(form, link)]
        assert get(site, link).status == 200
    titles = etree.fromstring(get(site_of("baodanang"), "/sitemap-news.xml").body).xpath(
        "//*[local-name()='title']/text()"
    )
    assert titles
    assert all(str(title).startswith("<![CDATA[") for title in titles)


_SOMEWHERE = {
    "baolaocai": (
        "?utm_source=zalo", "zarsrc=30", 'class="ads_middle"', 'id="adsWeb_', 'class="related-news"', "3 giờ trước",
    ),
    "baohatinh": ("?fbclid=", 'href="/tv/', 'href="/cong-cu/', "/dataimages/2026", 'class="article__author"'),
    "baogialai": ("?gidzl=", 'class="picture" align="center"', "<figcaption>", "(GLO)- "),
    "baothanhhoa": ("-nbsp-", 'href="/thi-truong/', 'class="article__sapo"', "application/ld+json"),
    "baophutho": ("-nbsp-", 'href="/van-de-hom-nay/', 'class="pdate"', 'class="tinlienquan"', 'id="dcontent">'),
    "baoyenbai": ("https://ims.baoyenbai.com.vn/NewsImg/11_2026/", '"/Includes/NewsDetail/11_2026/dt_'),
    "baothaibinh": ("https://media.baothaibinh.com.vn/upload/news/11_2026/", 'class="caption"'),
    "baobinhphuoc": ('href="/news/', "https://media.baobinhphuoc.com.vn/upload/news/11_2026/", '<table align="center"'),
    "phuyen": (
        "https://baophuyen.vn/95/", 'content="/filehttp://', "Thứ 2, 21/10/2024", "<!--?xml:namespace", "<o:p></o:p>",
        "TEXT-ALIGN: justify", "<font color", "Bút danh", "<html>\n <head></head>\n <body>", "Ý kiến của bạn",
        "/file//ff80", 'align="right"', 'class="image-background"',
    ),
    "baoquangngai": (
        'outputData = "', "outputData = '", "\\u1ea1", "<\\/p>", "&agrave;", 'class=\\"same\\"', "/channel/2024/",
    ),
    "tinhdoan": (
        "Tác giả bài viết: ", "NukeViet v4.3", "là vi phạm bản quyền", 'id="imgpreview" style="width', "Thời gian chờ",
    ),
    "benhvientinh": ("Tác giả: ", "NukeViet v4.6", "là vi phạm bản quyền", ".jpg 800w", "Thời gian chờ: "),
    "hdnd_mobile": ('<em class="time">', 'class="modal fade"', '<p class="imgalt">', "adminlink", "Nguồn tin: ", "+07"),
}  # fmt: skip


@pytest.mark.parametrize("name", _SOMEWHERE)
def test_other_families_carry_what_they_are_known_for(name: str) -> None:
    site = site_of(name)
    pages = [get(site, url).body.decode() for url in site.articles()]
    assert [mark for mark in _SOMEWHERE[name] if not any(mark in page for page in pages)] == []


@pytest.mark.parametrize("name", ["baolaocai", "baohatinh", "baogialai"])
def test_epi_declares_its_time_with_a_zone_without_colon(name: str) -> None:
    site = site_of(name)
    for url, story in site.articles().items():
        tree = tree_of(get(site, url))
        declared = tree.xpath("string(//meta[@property='article:published_time']/@content)")
        assert declared == f"{story.published:%Y-%m-%dT%H:%M:%S}+0700"


def test_phuyen_has_its_name_in_the_first_h1_and_a_list_in_the_last() -> None:
    site = site_of("phuyen")
    for url, story in site.articles().items():
        headings = [words(heading.text_content()) for heading in tree_of(get(site, url)).xpath("//h1")]
        assert headings == ["Báo Phú Yên Online", words(story.title), "Tin liên quan"]


def test_baoquangngai_has_three_generations_of_addresses_and_empty_bodies() -> None:
    site = site_of("baoquangngai")
    forms = (r"/channel/2024/\d{6}/[\w-]+-\d{7}/", r"/kinh-te/[\w-]+/\d{6}/[\w-]+-[0-9a-f]{7}/", r"/[\w-]+-\d{6}\.htm")
    paths = [site.path(story) for story in site.stories]
    counts = [sum(bool(re.fullmatch(form, path)) for path in paths) for form in forms]
    assert min(counts) >= 5
    assert sum(counts) == len(paths)
    today = [get(site, path).body.decode() for path in paths if path.endswith(".htm")]
    assert all('<div id="content"></div>' in page for page in today)
