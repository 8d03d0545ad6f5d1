"""Every replica site: its stories are all reachable, printed in full and once addressed; robots, feeds, sitemaps."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import etree
from protego import Protego

from tests.replica.browse import NAMES, get, links, listed, site_of, tree_of, words
from tests.replica.client import connected
from tests.replica.server import ReplicaServer
from tests.replica.site import Request
from tests.replica.sites import PORTALS, build_site, build_sites
from tests.replica.sites.markup import picture
from tests.replica.sites.portal import Portal
from tests.replica.story import Story


@pytest.fixture(params=NAMES)
def site(request: pytest.FixtureRequest) -> Portal:
    return site_of(request.param)


def wanted_texts(story: Story) -> list[str]:
    texts = [story.title, story.lead, *story.paragraphs, *(photo.caption for _, photo in story.photos)]
    return [words(text) for text in texts]


def test_every_story_is_listed_in_its_section(site: Portal) -> None:
    for _, slug in site.sections:
        wanted = {url for url, story in site.articles().items() if story.section_slug == slug}
        assert wanted <= listed(site, slug)


def test_sections_have_several_pages() -> None:
    for name in PORTALS:
        site = site_of(name)
        assert max(site.page_count(slug) for _, slug in site.sections) > 1


def test_every_page_prints_its_story_in_full(site: Portal) -> None:
    for url, story in site.articles().items():
        answer = get(site, url)
        assert answer.status == 200
        text = words(tree_of(answer).text_content())
        assert [wanted for wanted in wanted_texts(story) if wanted not in text] == []
        assert f"{story.published:%d/%m/%Y}" in text
        assert f"{story.published:%H:%M}" in text


def test_signatures_and_sources_are_printed(site: Portal) -> None:
    for url, story in site.articles().items():
        text = words(tree_of(get(site, url)).text_content())
        assert all(author in text for author in story.authors)
        assert story.source_name is None or story.source_name in text


def test_addresses_are_unique_and_as_many_as_stories(site: Portal) -> None:
    assert len(site.articles()) == len(site.stories) > 0


def test_pages_weigh_what_real_ones_do(site: Portal) -> None:
    sizes = [len(get(site, url).body) for url in site.articles()]
    assert 50_000 < sum(sizes) / len(sizes) < 90_000
    assert min(sizes) > 40_000
    assert max(sizes) < 150_000


def test_the_first_listing_holds_a_dead_link(site: Portal) -> None:
    for _, slug in site.sections:
        dead = site.base + site.dead_path(slug)
        assert dead in links(site, site.section_path(slug))
        answer = get(site, dead)
        assert answer.status == 404
        assert len(answer.body) > 20_000


def test_robots_forbids_what_pages_link_to(site: Portal) -> None:
    answer = get(site, "/robots.txt")
    robots = Protego.parse(answer.body.decode())
    article = next(iter(site.articles()))
    on_pages = links(site, "/") | links(site, article)
    assert any(not robots.can_fetch(link, "baotinh") for link in on_pages)
    assert all(robots.can_fetch(url, "baotinh") for url in site.articles())
    assert all(robots.can_fetch(site.base + site.section_path(slug), "baotinh") for _, slug in site.sections)


def test_pictures_are_pictures(site: Portal) -> None:
    url = next(url for url, story in site.articles().items() if story.photos)
    sources = tree_of(get(site, url)).xpath("//img/@src | //img/@data-src")
    ours = [urljoin(url, str(source)) for source in sources if str(source).endswith(".jpg")]
    assert ours
    bodies = {source: get(site, source).body for source in ours}
    assert bodies == {source: picture(urlsplit(source).path)[0] for source in ours}
    assert len(set(bodies.values())) == len(bodies)
    assert all(body.startswith(b"\xff\xd8") and body.endswith(b"\xff\xd9") for body in bodies.values())


def test_print_views_lie_where_articles_point(site: Portal) -> None:
    url = next(iter(site.articles()))
    views = [link for link in links(site, url) if re.search(r"/(?:print|in)/|/Print\.aspx", link)]
    assert views
    assert all(get(site, view).status == 200 for view in views)


def test_names_and_schemes_lead_to_one_address(site: Portal) -> None:
    path = site.section_path(site.sections[0][1])
    moved = site.answer(Request("GET", path, "HTTP/1.1", (("Host", f"www.{site.host}"),), b"", "https"))
    assert (moved.status, dict(moved.headers)["Location"]) == (301, site.base + path)
    plain = get(site, path, scheme="http")
    if site.scheme == "https":
        assert (plain.status, dict(plain.headers)["Location"]) == (301, f"https://{site.host}{path}")
    else:
        assert plain.status == 200


def test_the_same_address_gives_the_same_bytes(site: Portal) -> None:
    url = next(iter(site.articles()))
    first = get(site, url).body
    site.forget()
    assert get(site, url).body == first


def test_publishing_replaces_what_is_shown() -> None:
    site = build_site("vungcao", count=30)
    every = site.stories
    site.publish(every[5:])
    gone = site.path(every[0])
    assert get(site, gone).status == 404
    site.publish(every)
    assert get(site, gone).status == 200


def test_sites_bring_their_districts() -> None:
    sites = build_sites(["caobang_gov"], count=60)
    assert [(site.host, len(site.articles())) for site in sites] == [
        ("caobang.gov.vn", 60),
        ("baolac.caobang.gov.vn", 20),
        ("nguyenbinh.caobang.gov.vn", 20),
    ]
    titles = [{story.title for story in site.stories} for site in sites]
    assert not titles[1] <= titles[0]


def test_a_server_serves_them_all() -> None:
    sites = [site_of(name) for name in NAMES]
    with ReplicaServer(sites) as server:
        for site in sites:
            url = next(iter(site.articles()))
            scheme, _, rest = url.partition("://")
            with connected(server, site.host, scheme) as connection:
                received = connection.ask(site.host, rest.removeprefix(site.host), Accept_Encoding="gzip, br")
            assert received.status == 200
            assert received.body == get(site, url).body


@pytest.mark.parametrize(
    ("name", "feed", "count"),
    [
        ("baocaobang", lambda slug: f"/rss/news/{slug.lower()}.rss", 10),
        ("baolangson", lambda slug: f"/rss/news/{slug}.rss", 10),
        ("baohagiang", lambda slug: f"/{slug}/index.rss", 20),
        ("hdnd_caobang", lambda slug: f"/index.php/rss/{slug}/", 30),
        ("vungcao", lambda slug: f"/{slug}/index.rss", 15),
        ("baocantho", lambda slug: f"/rss/cate/{slug}/", 20),
        ("baonghean", lambda slug: f"/rss/{slug}", 20),
    ],
)
def test_feeds_hold_the_newest_of_a_section(name: str, feed: Callable[[str], str], count: int) -> None:
    site = site_of(name)
    for _, slug in site.sections:
        channel = etree.fromstring(get(site, feed(slug)).body)
        newest = [site.url(story) for story in site.stories if story.section_slug == slug][:count]
        assert channel.xpath("//item/link/text()") == newest


def test_mediatech_lists_its_feeds() -> None:
    site = site_of("baocaobang")
    feeds = {link for link in links(site, "/rss") if link.endswith(".rss")}
    assert len(feeds) == len(site.sections)
    assert all(get(site, feed).status == 200 for feed in feeds)
    assert get(site, "/rss/home.rss").status == 404


@pytest.mark.parametrize("name", ["hdnd_caobang", "vungcao"])
def test_sitemaps_name_every_article(name: str) -> None:
    site = site_of(name)
    assert f"Sitemap: {site.base}/sitemap.xml" in get(site, "/robots.txt").body.decode()
    queue, found = [f"{site.base}/sitemap.xml"], set()
    while queue:
        root = etree.fromstring(get(site, queue.pop()).body)
        found_here = {str(loc) for loc in root.xpath("//*[local-name()='loc']/text()")}
        if str(root.tag).endswith("sitemapindex"):
            queue += found_here
        else:
            found |= found_here
    assert set(site.articles()) <= found


@pytest.mark.parametrize(("name", "path"), [("vungcao", "/news-sitemap.xml"), ("baodanang", "/sitemap-news.xml")])
def test_the_news_sitemap_holds_two_days(name: str, path: str) -> None:
    site = site_of(name)
    root = etree.fromstring(get(site, path).body)
    days = [datetime.fromisoformat(str(day)) for day in root.xpath("//*[local-name()='publication_date']/text()")]
    assert days == [story.published for story in site.stories if (site.stories[0].published - story.published).days < 2]


@pytest.mark.parametrize("name", ["caobang_gov", "baolac"])
def test_vnpt_has_neither_feed_nor_sitemap(name: str) -> None:
    assert {get(site_of(name), path).status for path in ("/rss", "/sitemap.xml", "/rss.aspx")} == {404}
