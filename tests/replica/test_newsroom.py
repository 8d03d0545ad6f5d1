"""The newsroom gives varied, plausible stories, and the same ones to everybody."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.replica.newsroom import NEWSROOMS, newsroom
from tests.replica.newsroom.bank import COMMON, bank
from tests.replica.newsroom.body import sentences
from tests.replica.newsroom.generator import NEWEST, slugify
from tests.replica.newsroom.neighbours import ALL_HOUSES
from tests.replica.newsroom.newsrooms import HOUSES
from tests.replica.newsroom.template import compile_template
from tests.replica.story import Story

COUNT = 60
PORTALS = tuple(NEWSROOMS)
DATELINE = re.compile(r"^(?:Sáng|Chiều|Tối|Ngày) (?:ngày )?(\d+)([./-])(\d+)(?:[./-](\d{4}))?,")


def digest(portal: str) -> str:
    return hashlib.sha256(repr(newsroom(portal, 40, seed=7)).encode()).hexdigest()


def texts(story: Story) -> Iterator[str]:
    yield from (story.title, story.lead, *story.paragraphs, *story.tags, *story.authors, story.section)
    yield from (text for text in (story.byline, story.source_name) if text is not None)
    for _, photo in story.photos:
        yield photo.caption


def words(story: Story) -> int:
    return sum(len(text.split()) for text in (story.lead, *story.paragraphs))


@pytest.fixture(params=PORTALS)
def portal(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def stories(portal: str) -> tuple[Story, ...]:
    return newsroom(portal, COUNT)


def test_another_process_with_another_hash_seed_tells_the_same(portal: str) -> None:
    code = f"from tests.replica.test_newsroom import digest; print(digest({portal!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == digest(portal)


def test_another_seed_tells_something_else(portal: str, stories: tuple[Story, ...]) -> None:
    told = {paragraph for story in stories for paragraph in story.paragraphs}
    other = [paragraph for story in newsroom(portal, COUNT, seed=2) for paragraph in story.paragraphs]
    same = [paragraph for paragraph in other if paragraph in told and paragraph.endswith(".")]
    assert len(same) < 0.01 * len(other)


def test_every_story_is_of_a_newspapers_length(stories: tuple[Story, ...]) -> None:
    assert all(300 <= words(story) <= 1500 for story in stories)
    assert all(5 <= len(story.paragraphs) <= 18 for story in stories)
    assert max(map(words, stories)) > 2 * min(map(words, stories))


def test_nothing_is_printed_twice(stories: tuple[Story, ...]) -> None:
    paragraphs = Counter(paragraph for story in stories for paragraph in story.paragraphs)
    assert paragraphs.most_common(1)[0][1] == 1
    assert len({story.title for story in stories}) == len({story.slug for story in stories}) == COUNT
    assert len({story.lead for story in stories}) == COUNT


def test_few_sentences_come_twice(stories: tuple[Story, ...]) -> None:
    said = Counter(
        sentence for story in stories for text in (story.lead, *story.paragraphs) for sentence in sentences(text)
    )
    repeated = sum(uses - 1 for uses in said.values())
    assert repeated / sum(said.values()) < 0.03


def test_text_is_clean(stories: tuple[Story, ...]) -> None:
    for text in (text for story in stories for text in texts(story)):
        assert unicodedata.is_normalized("NFC", text)
        assert text == " ".join(text.split())
        assert not set("[]{}|\u00a0\u200b") & set(text), text
        assert "//" not in text
        assert " ," not in text
        assert " ." not in text


def test_captions_are_no_paragraphs_and_photos_stand_inside_the_body(stories: tuple[Story, ...]) -> None:
    for story in stories:
        assert len(story.photos) <= 5
        places = [place for place, _ in story.photos]
        assert places == sorted(places)
        assert all(0 <= place <= len(story.paragraphs) for place in places)
        captions = [photo.caption for _, photo in story.photos]
        assert len(set(captions)) == len(captions)
        assert not set(captions) & {story.lead, *story.paragraphs}
        for _, photo in story.photos:
            assert photo.credit is None or photo.caption.endswith(f" Ảnh: {photo.credit}")
    names = [photo.filename for story in stories for _, photo in story.photos]
    assert len(set(names)) == len(names) > COUNT


def test_times_fall_strictly_and_irregularly(stories: tuple[Story, ...]) -> None:
    times = [story.published for story in stories]
    assert times[0] == NEWEST
    gaps = [later - earlier for later, earlier in pairwise(times)]
    assert min(gaps) > timedelta(0)
    assert len(set(gaps)) > COUNT / 2
    assert all(time.second == time.microsecond == 0 and time.utcoffset() == timedelta(hours=7) for time in times)
    assert timedelta(days=50) < times[0] - times[-1] < timedelta(days=62)
    assert any(time.hour >= 21 or time.hour < 5 for time in times)


def test_the_dateline_is_the_day_of_publication_or_the_day_before(portal: str, stories: tuple[Story, ...]) -> None:
    prefix, dated = NEWSROOMS[portal].prefix, 0
    for story in stories:
        match = DATELINE.match(story.lead.removeprefix(prefix))
        if match is None:
            continue
        dated += 1
        day, separator, month, year = match.groups()
        days = (story.published, story.published - timedelta(days=1))
        assert (int(day), int(month)) in {(then.day, then.month) for then in days}
        assert year is None or int(year) in {then.year for then in days}
        assert separator in HOUSES[portal].separators
    assert dated > 0.8 * COUNT


def test_the_desks_own_stories_open_with_its_prefix(portal: str, stories: tuple[Story, ...]) -> None:
    prefix = NEWSROOMS[portal].prefix
    for story in stories:
        if story.source_name == HOUSES[portal].agency:
            assert not prefix or not story.lead.startswith(prefix)
            assert story.authors == ()
            assert story.byline is None
        else:
            assert story.lead.startswith(prefix)
    bare = {"baocaobang", "hdnd_caobang", "caobang_gov", "vungcao", "baoangiang"}
    assert bool(prefix) == (portal not in bare)


@pytest.mark.parametrize(
    ("portal", "form"),
    [
        ("baocaobang", r"{names}"),
        ("baolangson", r"{names}"),
        ("baohagiang", r"(Tin|Bài), ảnh: {names}"),
        ("hdnd_caobang", r"{names}( \(BCB\))?"),
        ("caobang_gov", r"{names}"),
        ("vungcao", r"{names}"),
        ("baoangiang", r"{names}"),
        ("baobinhduong", r"{names}"),
        ("baodongthap", r"{names}"),
        ("baocamau", r"(Tin|Bài), ảnh: {names}"),
        ("baodanang", r"{names}"),
        ("baohaiphong", r"(Tin|Bài), ảnh: {names}"),
    ],
)
def test_bylines_name_the_authors_as_the_house_does(portal: str, form: str) -> None:
    signed = [story for story in newsroom(portal, COUNT) if story.byline is not None]
    assert len(signed) > COUNT / 2
    for story in signed:
        assert story.byline is not None
        assert re.fullmatch(form.format(names=re.escape(" - ".join(story.authors))), story.byline)
    assert {len(story.authors) for story in signed} == {1, 2}
    assert any(story.byline.isupper() for story in signed if story.byline) == (HOUSES[portal].byline == "capitals")


def test_republished_stories_name_their_source() -> None:
    for portal, address in (("hdnd_caobang", None), ("caobang_gov", "baocaobang.vn")):
        copied = [story for story in newsroom(portal, COUNT) if story.source_name == "Báo Cao Bằng"]
        assert COUNT / 3 < len(copied) < COUNT
        assert all(story.authors and story.source_url == address for story in copied)
    for portal, agency in (("baocaobang", "TTXVN"), ("baoangiang", "Vietnamnet")):
        assert {story.source_name for story in newsroom(portal, COUNT)} == {None, agency}


def test_sections_are_the_newsrooms(portal: str, stories: tuple[Story, ...]) -> None:
    sections = NEWSROOMS[portal].sections
    assert len(sections) >= 5
    used = {(story.section, story.section_slug) for story in stories}
    assert used <= set(sections)
    assert len(used) >= 5
    assert not any("/" in slug for _, slug in sections)


def test_a_slice_is_the_site_as_it_was(portal: str) -> None:
    grown = newsroom(portal, 30)
    assert [story.number for story in grown] == list(range(30, 0, -1))
    assert newsroom(portal, 0) == ()


def test_the_house_at_ha_giang_writes_dates_and_times_with_dots() -> None:
    text = " ".join(paragraph for story in newsroom("baohagiang", 200) for paragraph in story.paragraphs)
    assert re.search(r"ngày \d+\.\d+\.\d{4}\b", text)
    assert re.search(r"\b\d+\.(00|15|30|45)\b", text)
    assert not re.search(r"\d giờ \d+ phút ngày", text)


def test_the_forms_that_extractors_stumble_over_all_occur() -> None:
    told = [story for portal in PORTALS for story in newsroom(portal, COUNT)]
    text = "\n".join(paragraph for story in told for paragraph in story.paragraphs)
    for form in (
        r"\d\.\d{3},\d{3} tỷ",
        r"\d\.\d{3} ",
        r"\b1[0-4]\d%",
        r"\d+/\d+ (xã|trường|xóm|thôn)",
        r"tỷ lệ 1/2000",
        r"\d+-NQ/TU ngày",
        r"\d+/20\d\d/NQ-HĐND",
        r"giai đoạn 20\d\d - 20\d\d",
        r"KT [-–] XH",
        r"\d{1,2}/\d{1,2}/20\d\d",
        r"“[^”]+”",
        r'"[^"\n]+"',
        r"…",
        r"\.\.\.",
        r" – ",
        r"(?m):$",
        r"(?m)^- ",
        r"(?m)^[^.:;…\n]{10,60}$",
        r"hoá|khoá|Hoà|hoà|uỷ",
    ):
        assert re.search(form, text), form
    assert "&" in "\n".join(caption for story in told for caption in texts(story))
    assert {len(story.tags) for story in told} >= {0, 1, 3, 6}
    assert {len(story.photos) for story in told} == {0, 1, 2, 3, 4, 5}


def test_every_template_can_be_filled_and_every_lead_has_what_goes_with_it() -> None:
    for house in ALL_HOUSES.values():
        for names in house.beats.values():
            for name in names:
                topic = bank().topics[name]
                assert set(topic.related) <= set(bank().topics)
                assert COMMON not in names
                for lead in topic.templates("lead"):
                    for section in ("title", "para", "quote", "close", "caption"):
                        assert topic.fitting(section, lead.angles), (name, lead.angles, section)


def test_ten_times_as_many_stories_still_repeat_no_paragraph() -> None:
    stories = newsroom("baolangson", 600)
    paragraphs = [paragraph for story in stories for paragraph in story.paragraphs]
    assert len(set(paragraphs)) == len(paragraphs)
    assert len({story.slug for story in stories}) == 600
    assert all(300 <= words(story) <= 1500 for story in stories)


def test_slugs_are_ascii_and_cut_between_words() -> None:
    assert slugify("Đồng Đăng - Trà Lĩnh: “Chìa khóa”") == "dong-dang-tra-linh-chia-khoa"
    assert slugify("xã " * 60) == "-".join(["xa"] * 33)


def test_an_unbalanced_bracket_is_an_error() -> None:
    for source in ("một [hai|ba", "một hai] ba", "một|hai"):
        with pytest.raises(ValueError, match=r"bracket"):
            compile_template(source)
