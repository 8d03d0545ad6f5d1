from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from pipelines.html import parse_html
from scrapers.listing import VIETNAM, clean_url, feed_links, json_links, page_links, parse_time, sitemap_links

BASE = "https://bao.example.vn/thoi-su"


def _is_article(url: str) -> bool:
    return url.startswith("https://bao.example.vn/") and url.endswith(".html")


def test_rss_links_with_their_times() -> None:
    feed = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>
      <link>https://bao.example.vn/</link>
      <item><title>Mưa lớn</title><link>https://bao.example.vn/mua-lon-1.html?utm_source=rss</link>
        <pubDate>Fri, 20 Nov 2026 08:15:00 +0700</pubDate></item>
      <item><title>Không liên kết</title></item>
      <item><guid>/chi-co-guid-2.html</guid></item></channel></rss>"""
    links = feed_links(feed.encode(), BASE)
    assert [link.url for link in links] == [
        "https://bao.example.vn/mua-lon-1.html",
        "https://bao.example.vn/chi-co-guid-2.html",
    ]
    assert links[0].published == datetime(2026, 11, 20, 8, 15, tzinfo=VIETNAM)


def test_atom_links() -> None:
    feed = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="alternate" href="/a-3.html"/>
      <published>2026-11-20T01:00:00Z</published></entry></feed>"""
    assert [link.url for link in feed_links(feed, BASE)] == ["https://bao.example.vn/a-3.html"]


def test_entities_of_a_feed_are_not_opened() -> None:
    bomb = b"""<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><link>https://a.vn/&x;</link>
      </item></channel></rss>"""
    assert all("root:" not in link.url for link in feed_links(bomb, BASE))


def test_sitemap_index_and_children_listed_as_pages() -> None:
    index = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
      <sitemap><loc>https://bao.example.vn/s1.xml</loc></sitemap></sitemapindex>"""
    assert sitemap_links(index, BASE) == (["https://bao.example.vn/s1.xml"], [])
    urlset = b"""<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>/s2.xml</loc></url><url>
      <loc>https://bao.example.vn/a-1.html</loc><news:news><news:publication_date>2026-11-20T07:00:00+07:00
      </news:publication_date></news:news></url></urlset>"""
    children, links = sitemap_links(urlset, BASE)
    assert children == ["https://bao.example.vn/s2.xml"]
    assert links[0].published == datetime(2026, 11, 20, 7, 0, tzinfo=VIETNAM)


def test_links_of_a_page_carry_the_date_of_their_own_card() -> None:
    page = parse_html("""<html><body><div>
      <div class="card"><a href="/a-1.html"><img></a><h3><a href="/a-1.html#top">Một</a></h3>
        <span>14:29 | 01/10/2026</span></div>
      <div class="card"><a href="/b-2.html?fbclid=x">Hai</a><time rel="1790000000">hôm nay</time></div>
      <div class="card"><a href="/c-3.html">Ba</a></div><a href="javascript:void(0)">x</a>
      <a href="https://khac.vn/d-4.html">y</a></div></body></html>""")
    links = page_links(page, BASE, _is_article)
    assert [link.url.rpartition("/")[2] for link in links] == ["a-1.html", "b-2.html", "c-3.html"]
    assert links[0].published == datetime(2026, 10, 1, tzinfo=VIETNAM)
    assert links[1].published == datetime.fromtimestamp(1790000000, VIETNAM)
    assert links[2].published is None


def test_json_paging_ends_with_an_empty_body() -> None:
    body = '{"data":[{"link":"/a-1.html","title":"Một"},{"khong":"co"},5]}'.encode()
    assert [link.url for link in json_links(body, BASE)] == ["https://bao.example.vn/a-1.html"]
    for empty in (b"", b"{}", b'{"data":[]}', b"[]", b"<html>", b'{"data":null}', b"[" * 200_000):
        assert json_links(empty, BASE) == []


def test_a_json_list_whose_ids_are_no_times() -> None:
    body = b"""[{"PublisherId": 10230827, "LinktoMe2": "https://bao.example.vn/a-10230827.html",
      "Time_ddMMyyyyHHmm": "01/10/2026 21:09"}, {"LinktoMe2": null}]"""
    (link,) = json_links(body, BASE)
    assert link.url == "https://bao.example.vn/a-10230827.html"
    assert link.published == datetime(2026, 10, 1, tzinfo=VIETNAM)


def test_json_wrapped_in_a_call_with_the_names_of_another_cms() -> None:
    rows = (
        '{"response": [{"pageUrl": "/kinh-te/202604/a-3bc1af9/", "publishDate": "06/07/2026 22:37"}, {"title": "b"}]}'
    )
    for body in (rows, f"jQuery1_2({rows});", f"fill( {rows} )"):
        links = json_links(body.encode(), BASE)
        assert [link.url for link in links] == ["https://bao.example.vn/kinh-te/202604/a-3bc1af9/"]
        assert links[0].published == datetime(2026, 7, 6, tzinfo=VIETNAM)
    assert json_links(b"fill({broken)", BASE) == []


def test_tracking_goes_and_the_query_stays() -> None:
    url = "https://a.vn/x?id=5&utm_source=zalo&zarsrc=30#binh-luan"
    assert clean_url(url) == "https://a.vn/x?id=5"


def test_times_of_every_form() -> None:
    midnight = datetime(2026, 7, 6, tzinfo=VIETNAM)
    assert parse_time("06/07/2026") == midnight
    assert parse_time("2026-07-06") == midnight
    assert parse_time("Sun, 05 Jul 2026 17:00:00 GMT") == midnight
    assert parse_time("31/02/2026") is None
    assert parse_time("") is None


@given(st.binary(max_size=400))
def test_no_feed_or_sitemap_breaks_the_reader(body: bytes) -> None:
    children, pages = sitemap_links(body, BASE)
    links = feed_links(body, BASE) + pages + json_links(body, BASE)
    assert all(url.startswith(("http://", "https://")) for url in [*children, *(link.url for link in links)])


def test_an_address_that_is_none_costs_itself_only() -> None:
    bad, good = "http://[", "https://bao.example.vn/a-1.html"
    feed = f"<rss><channel><item><link>{bad}</link></item><item><link>{good}</link></item></channel></rss>"
    sitemap = f"<urlset><url><loc>{bad}</loc></url><url><loc>{good}</loc></url></urlset>"
    index = f"<sitemapindex><sitemap><loc>{bad}</loc></sitemap></sitemapindex>"
    api = f'{{"data": [{{"link": "{bad}"}}, {{"link": "{good}"}}]}}'
    assert [link.url for link in feed_links(feed.encode(), BASE)] == [good]
    assert [link.url for link in sitemap_links(sitemap.encode(), BASE)[1]] == [good]
    assert sitemap_links(index.encode(), BASE) == ([], [])
    assert [link.url for link in json_links(api.encode(), BASE)] == [good]


@given(st.text(alphabet="<>/=\"' ahref:.[]?#&%1", max_size=200))
def test_no_page_breaks_the_reader(markup: str) -> None:
    links = page_links(parse_html(f"<html><body>{markup}</body></html>"), BASE, _is_article)
    assert all(_is_article(link.url) for link in links)
