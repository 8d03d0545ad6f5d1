"""Extraction against the replica sites: every story comes back as the editor typed it."""

from __future__ import annotations

from functools import lru_cache

import pytest

from archive.model import Article
from pipelines.extract import extract, native_id
from pipelines.rules import Rules
from scrapers.cms import generic
from tests.pipelines.pages import RULES, replica_page
from tests.replica.sites import MORE, OTHERS, build_site
from tests.replica.sites.portal import Portal
from tests.replica.story import Story

PORTALS = tuple(RULES)
COUNT = 40
# Pages that do not say to a stranger who wrote them, in which section, with which tags.
RESERVED = set(MORE)
# Where the minute is not printed in an element of its own.
ORIGINS = {"baothanhhoa": "json-ld"}
# Only their family's rules tell the furniture between their paragraphs, or the picture over their title, from the rest.
NAMED_ONLY = {"baolaocai", "baohatinh", "baogialai", "phuyen", "hdnd_mobile"}
# A browser prints their bodies, their markup does not.
SCRIPTED = {"baoquangngai"}
OTHER_SEEDS = (23, 101)


@lru_cache(maxsize=32)
def _site(portal: str, count: int = COUNT, seed: int = 7) -> Portal:
    return build_site(portal, count, seed)


@lru_cache(maxsize=64)
def _read(portal: str, rules: Rules, count: int = COUNT, seed: int = 7) -> tuple[tuple[str, Story, Article], ...]:
    site = _site(portal, count, seed)
    pairs = []
    for url, story in site.articles().items():
        extraction = extract(replica_page(site, url), rules)
        assert extraction.article is not None, (url, extraction.reason)
        pairs.append((url, story, extraction.article))
    assert len(pairs) == count
    return tuple(pairs)


def _check_head(url: str, story: Story, article: Article, origin: str = "visible") -> None:
    assert article.title == story.title, url
    assert article.lead == story.lead, url
    assert article.published_at == story.published, url
    assert article.published_at is not None
    assert article.published_at.utcoffset() == story.published.utcoffset(), url
    assert (article.published_precision, article.published_source) == ("minute", origin), url
    assert article.authors == story.authors, url
    assert (article.source_name, article.source_url) == (story.source_name, story.source_url), url
    assert article.section == story.section, url
    assert article.language == "vi", url


@pytest.mark.parametrize("portal", PORTALS)
def test_head_of_every_story(portal: str) -> None:
    for url, story, article in _read(portal, RULES[portal]):
        _check_head(url, story, article, ORIGINS.get(portal, "visible"))


@pytest.mark.parametrize("seed", OTHER_SEEDS)
@pytest.mark.parametrize("portal", [*MORE, *OTHERS])
def test_other_stories_of_the_sites_that_the_demo_does_not_show(portal: str, seed: int) -> None:
    for url, story, article in _read(portal, RULES[portal], 15, seed):
        _check_head(url, story, article, ORIGINS.get(portal, "visible"))
        assert article.paragraphs == story.paragraphs, url
        assert [image.caption for image in article.images] == [photo.caption for _, photo in story.photos], url


@pytest.mark.parametrize("portal", PORTALS)
def test_body_of_every_story(portal: str) -> None:
    assert [url for url, story, article in _read(portal, RULES[portal]) if article.paragraphs != story.paragraphs] == []


@pytest.mark.parametrize("portal", PORTALS)
def test_pictures_have_their_captions_and_credits(portal: str) -> None:
    for url, story, article in _read(portal, RULES[portal]):
        printed = [(image.caption, image.credit) for image in article.images]
        assert printed == [(photo.caption, photo.credit) for _, photo in story.photos], url
        assert all(image.url.startswith("http") and "grey.gif" not in image.url for image in article.images), url


@pytest.mark.parametrize("portal", [portal for portal in PORTALS if portal != "caobang_gov"])
def test_tags_of_every_story(portal: str) -> None:
    rules = RULES[portal]
    for url, story, article in _read(portal, rules):
        typed = list(story.tags)
        while typed and typed[-1] in rules.house_tags:  # Before the portal's own tags it cannot be told from them.
            typed.pop()
        assert article.tags == tuple(typed), url


@pytest.mark.parametrize("portal", PORTALS)
def test_native_id_and_byline(portal: str) -> None:
    for url, story, article in _read(portal, RULES[portal]):
        assert article.native_id == native_id(url, RULES[portal]), url
        assert article.native_id is not None
        assert str(_site(portal).native_id(story)) == article.native_id  # type: ignore[attr-defined]
        if story.authors and story.byline and not story.source_name:
            assert story.byline in (article.byline_raw or "") or all(
                a in str(article.byline_raw) for a in story.authors
            )


@pytest.mark.parametrize("portal", [portal for portal in PORTALS if portal not in RESERVED | NAMED_ONLY | SCRIPTED])
def test_a_family_nobody_knows_is_read_too(portal: str) -> None:
    for url, story, article in _read(portal, generic.RULES):
        _check_head(url, story, article)
        assert article.paragraphs == story.paragraphs, url
        assert article.rungs["layout"] == "generic"


@pytest.mark.parametrize("portal", sorted(RESERVED))
def test_a_family_nobody_knows_gives_title_time_and_text_at_least(portal: str) -> None:
    for url, story, article in _read(portal, generic.RULES):
        assert (article.title, article.lead) == (story.title, story.lead), url
        assert (article.published_at, article.published_source) == (story.published, "visible"), url
        assert article.paragraphs == story.paragraphs, url


@pytest.mark.parametrize("portal", sorted(NAMED_ONLY))
def test_rules_that_know_nothing_lose_no_paragraph_and_no_minute(portal: str) -> None:
    for url, story, article in _read(portal, generic.RULES):
        assert (article.title, article.lead, article.published_at) == (story.title, story.lead, story.published), url
        assert set(story.paragraphs) <= set(article.paragraphs), url


@pytest.mark.parametrize("portal", PORTALS)
def test_front_pages_listings_and_missing_pages_are_no_articles(portal: str) -> None:
    site, rules = _site(portal), RULES[portal]
    paths = ["/", *(site.section_path(slug) for _, slug in site.sections), site.dead_path(site.sections[0][1])]
    reasons = {path: extract(replica_page(site, site.base + path), rules).reason for path in paths}
    assert all(reasons.values()), reasons
    assert reasons[paths[-1]] == "status-404"
    assert set(reasons.values()) <= {"listing", "no-container", "status-404"}
