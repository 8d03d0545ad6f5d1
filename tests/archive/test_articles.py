"""Article rows: identity, versions, what changed, and where the article was printed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.articles import (
    Latest,
    Previous,
    article_id,
    article_row,
    load_latest,
    match_sha256,
    remember,
    text_sha256,
    tombstone_row,
)
from archive.layout import DataFolder
from archive.model import Article, Extraction, Image, PortalFacts
from archive.schema import ARTICLES
from archive.tables import TableStage
from tests.archive.samples import FACTS, PAGES, PORTAL, RUN, SampleRun

VN = timezone(timedelta(hours=7))
HA_GIANG = PortalFacts("baohagiang", "bao-ha-giang", "Hà Giang", "Tuyên Quang")
CAPTURE = {
    "portal": "baohagiang",
    "run_id": RUN,
    "url": "https://baohagiang.vn/xa-hoi/202102/ngay-hoi-cc21d4d/",
    "url_surtkey": "vn,baohagiang)/xa-hoi/202102/ngay-hoi-cc21d4d",
    "url_host_name": "baohagiang.vn",
    "url_host_registered_domain": "baohagiang.vn",
    "discovered_via": "section:/xa-hoi",
    "fetch_time": datetime(2024, 1, 5, 2, tzinfo=UTC),
    "content_digest": "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
    "warc_filename": "baohagiang-1.warc.gz",
    "warc_record_offset": 421,
    "warc_record_length": 12_345,
    "warc_record_id": "<urn:uuid:7a1d8a5e-2f0f-4a63-9a7e-2e3d2b3c4d5e>",
}
ARTICLE = Article(
    title="Quản Bạ: Gần 3.000 liều vắc xin được tiêm miễn phí cho đàn gia súc",
    lead="BHG - Chiều 25.2, Trung tâm Dịch vụ nông nghiệp huyện Quản Bạ tổng kết đợt tiêm phòng vụ xuân.",
    paragraphs=("Toàn huyện có 12 xã tham gia.", "Cán bộ thú y đến từng hộ hướng dẫn bà con chăm sóc đàn bò."),
    authors=("Mai Ánh",),
    native_id="cc21d4d",
    published_at=datetime(2021, 2, 25, 18, 5, tzinfo=VN),
    published_precision="minute",
    published_source="visible",
    images=(Image("https://baohagiang.vn/file/1.jpg", "Tiêm phòng cho đàn bò ở xã Quyết Tiến", None),),
    rungs={"title": "h1", "lead": "div.desc"},
)


def row_of(
    article: Article = ARTICLE,
    facts: PortalFacts = HA_GIANG,
    latest: Latest | None = None,
    **capture: Any,
) -> dict[str, Any] | None:
    extraction = Extraction(article, None, "filehex/1", "rules", "1")
    return article_row(extraction, facts, CAPTURE | capture, latest if latest is not None else {})


def first() -> dict[str, Any]:
    row = row_of()
    assert row is not None
    return row


def latest() -> Latest:
    known = Latest()
    remember(known, first())
    return known


def test_a_row_has_every_column_and_fits_the_schema() -> None:
    row = first()
    assert list(row) == ARTICLES.names
    table = pa.Table.from_pylist([row], schema=ARTICLES)
    (back,) = table.to_pylist()
    assert back == row
    assert row["published_at"] == datetime(2021, 2, 25, 11, 5, tzinfo=UTC)
    assert row["word_count"] == len(f"{ARTICLE.lead} {ARTICLE.text}".split())
    assert row["rungs"] == [{"field": "lead", "rung": "div.desc"}, {"field": "title", "rung": "h1"}]
    assert (row["version"], row["status"], row["changed_fields"]) == (1, "live", [])


def test_the_same_capture_gives_the_same_row() -> None:
    assert row_of() == row_of()


def test_identity_is_the_desk_and_its_number_never_the_host() -> None:
    moved = row_of(url="https://baotuyenquang.com.vn/xa-hoi/202102/ngay-hoi-cc21d4d/")
    assert moved is not None
    assert moved["article_id"] == first()["article_id"] == article_id("bao-ha-giang", "cc21d4d", "anything")
    assert article_id("bao-cao-bang", "cc21d4d", "anything") != first()["article_id"]


@pytest.mark.parametrize(
    ("canonical", "counts"),
    [
        ("https://baohagiang.vn/a-1/", True),
        ("https://m.baohagiang.vn/a-1/", True),
        ("https://baohagiang.vn/", False),
        ("https://baohagiang.vn", False),
        ("https://xbaohagiang.vn/a-1/", False),
        ("https://baocaobang.vn/a-1/", False),
    ],
)
def test_without_a_number_the_canonical_address_identifies_unless_it_is_the_home_page_or_anothers(
    canonical: str, counts: bool
) -> None:
    row = row_of(replace(ARTICLE, native_id=None, canonical_url=canonical))
    assert row is not None
    assert row["article_id"] == article_id("x", None, canonical if counts else CAPTURE["url"])  # type: ignore[arg-type]


def test_the_same_title_and_text_are_no_new_version() -> None:
    assert row_of(latest=latest()) is None
    assert row_of(replace(ARTICLE, authors=("Người khác",), section="Xã hội"), latest=latest()) is None


def test_a_sentence_that_moves_from_lead_to_text_is_no_new_version() -> None:
    assert ARTICLE.lead is not None
    moved = replace(ARTICLE, lead=None, paragraphs=(ARTICLE.lead, *ARTICLE.paragraphs))
    assert row_of(moved, latest=latest()) is None


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"title": "Quản Bạ tiêm phòng cho đàn gia súc"}, ["title"]),
        ({"lead": "BHG - Chiều 26.2, huyện Quản Bạ tổng kết đợt tiêm phòng."}, ["lead"]),
        ({"paragraphs": ("Toàn huyện có 13 xã tham gia.",)}, ["text"]),
        ({"title": "Tít khác", "authors": ("Hoàng Yến",), "lead": "Khác."}, ["title", "lead", "authors"]),
        (
            {"paragraphs": ("Khác.",), "published_at": datetime(2021, 2, 26, tzinfo=VN), "section": "Kinh tế"},
            ["section", "published_at", "text"],
        ),
        ({"lead": None, "paragraphs": ("Khác hẳn.",)}, ["lead", "text"]),
    ],
)
def test_a_change_is_the_next_version_and_names_its_fields(change: dict[str, Any], fields: list[str]) -> None:
    row = row_of(replace(ARTICLE, **change), latest=latest())
    assert row is not None
    assert (row["version"], row["changed_fields"]) == (2, fields)


def test_gone_is_a_version_and_so_is_coming_back() -> None:
    known = latest()
    identity = first()["article_id"]
    gone = tombstone_row(identity, HA_GIANG, CAPTURE, known)
    assert gone is not None
    assert (gone["version"], gone["status"], gone["title"], gone["changed_fields"]) == (2, "gone", None, ["status"])
    pa.Table.from_pylist([gone], schema=ARTICLES).validate(full=True)
    remember(known, gone)
    assert tombstone_row(identity, HA_GIANG, CAPTURE, known) is None
    back = row_of(latest=known)
    assert back is not None
    assert (back["version"], back["status"], back["changed_fields"]) == (3, "live", ["status"])


def test_what_was_never_there_cannot_be_gone() -> None:
    assert tombstone_row("cd0146f7-bef5-5a0a-95f0-30de6ed97b46", HA_GIANG, CAPTURE, {}) is None


def test_no_article_is_no_row() -> None:
    with pytest.raises(ValueError, match="no-text"):
        article_row(Extraction(None, "no-text", "r", "e", "1"), HA_GIANG, CAPTURE, {})


def test_aliases_are_the_other_addresses() -> None:
    extraction = Extraction(ARTICLE, None, "filehex/1", "rules", "1")
    row = article_row(extraction, HA_GIANG, CAPTURE, {}, [str(CAPTURE["url"]), "http://baohagiang.vn/old"])
    assert row is not None
    assert row["aliases"] == ["http://baohagiang.vn/old"]


@pytest.mark.parametrize(
    ("published", "fetched", "province"),
    [
        (datetime(2025, 6, 30, 23, 59, tzinfo=VN), datetime(2026, 1, 1, tzinfo=UTC), "Hà Giang"),
        (datetime(2025, 7, 1, 0, 0, tzinfo=VN), datetime(2026, 1, 1, tzinfo=UTC), "Tuyên Quang"),
        (None, datetime(2025, 6, 30, 16, 59, tzinfo=UTC), "Hà Giang"),
        (None, datetime(2025, 6, 30, 17, 0, tzinfo=UTC), None),
    ],
)
def test_the_province_is_that_of_the_day_of_publication(
    published: datetime | None, fetched: datetime, province: str | None
) -> None:
    row = row_of(replace(ARTICLE, published_at=published), fetch_time=fetched)
    assert row is not None
    assert (row["province"], row["province_2025"]) == (province, "Tuyên Quang")


def test_an_unmerged_province_is_known_without_a_date() -> None:
    row = row_of(replace(ARTICLE, published_at=None), FACTS, fetch_time=datetime(2026, 1, 1, tzinfo=UTC))
    assert row is not None
    assert row["province"] == "Cao Bằng"


def test_half_a_character_in_a_page_does_not_break_the_row() -> None:
    row = row_of(replace(ARTICLE, title="Cao Bằng \ud83d", paragraphs=("a \udc00 b",)))
    assert row is not None
    assert row["title"] == "Cao Bằng \ufffd"
    pa.Table.from_pylist([row], schema=ARTICLES)


def test_hashes_are_what_their_descriptions_say() -> None:
    assert text_sha256("a", "b") == text_sha256(None, "a\n\nb")
    assert text_sha256("a", "b") != text_sha256("a", "c")
    assert match_sha256("Hoà An \u2013 Đông Khê") == match_sha256("hòa an - dong khe")


def test_load_latest_gives_what_was_remembered(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert load_latest(folder, PORTAL) == {}
    known = Latest()
    SampleRun(folder).write(PAGES, known).publish()
    changed = [replace(PAGES[1], lead="", title="Hòa An: Thuốc lá được mùa, được giá")]
    SampleRun(folder, "20240106T020000-b2c3d4").write(changed, known).publish()
    assert load_latest(folder, PORTAL) == known
    assert {previous.version for previous in known.values()} == {1, 2}
    assert load_latest(folder, "another") == {}


def test_load_latest_gives_the_articles_of_the_desks_other_portals(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    known = Latest()
    SampleRun(folder).write(PAGES, known).publish()
    assert load_latest(folder, "caobangonline") == {}
    assert load_latest(folder, "caobangonline", FACTS.desk) == known
    assert load_latest(folder, "baolangson", "bao-lang-son") == {}


def test_load_latest_keeps_nulls_of_the_newest_version(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    known = Latest()
    run = SampleRun(folder).write(PAGES, known).publish()
    row = run.articles[0]
    gone = tombstone_row(row["article_id"], FACTS, run.captures[0], known)
    assert gone is not None
    stage = TableStage(folder, "articles", "later", PORTAL)
    stage.add([gone])
    stage.flush()
    stage.publish()
    previous = load_latest(folder, PORTAL)[row["article_id"]]
    assert (previous.version, previous.status, previous.title, previous.lead) == (2, "gone", None, None)


def test_a_change_of_markup_alone_is_no_version() -> None:
    latest = Latest()
    row = row_of(replace(ARTICLE, markdown=ARTICLE.text))
    assert row is not None
    remember(latest, row)
    assert row_of(replace(ARTICLE, markdown=f"- {ARTICLE.text}", article_type="photo"), latest=latest) is None


def test_markdown_and_kind_are_in_the_row() -> None:
    row = row_of(replace(ARTICLE, markdown="**Đậm**", article_type="emagazine"))
    assert row is not None
    assert (row["text_markdown"], row["article_type"]) == ("**Đậm**", "emagazine")


_TEXT = st.none() | st.text(st.characters(codec=None), max_size=60)


@given(
    st.builds(
        Previous,
        st.integers(1, 2**40),
        st.sampled_from(["live", "gone"]),
        _TEXT,
        _TEXT,
        _TEXT,
        st.lists(st.text(max_size=20), max_size=3).map(tuple),
        _TEXT,
        st.none() | st.datetimes(datetime(1, 1, 2), timezones=st.just(VN)),  # noqa: DTZ001 - asked for without one
    )
)
def test_what_is_held_of_an_article_comes_back_as_it_was(previous: Previous) -> None:
    latest = Latest()
    latest["a"] = previous
    assert latest["a"] == previous
    assert ("a" in latest, "b" in latest, list(latest), len(latest)) == (True, False, ["a"], 1)
    del latest["a"]
    assert latest.get("a") is None
