"""Two weeks of a portal, harvested once a day: every version and tombstone, and nothing fetched without a reason.

The portal publishes, edits, takes down, brings back, is down for a day, and one evening its server says that every
listing is as it was, which is not true. The harvests are real processes under a moved clock.
"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from archive.layout import DataFolder
from archive.ledger import Entry, Ledger, discard
from archive.rebuild import Rebuild, rebuild
from archive.schedule import STEPS
from archive.verify import verify
from scrapers.registry import EXTRACTOR, portal_classes
from tests.acceptance.clock import MovedClock
from tests.acceptance.crawling import Finished, scrapy
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.site import Answer, Fault, Request
from tests.replica.sites import build_site
from tests.replica.sites.portal import Portal
from tests.replica.story import Story

pytestmark = pytest.mark.long

PORTAL = "hdnd_caobang"
VIETNAM = timezone(timedelta(hours=7))
FIRST = datetime(2026, 11, 7, 20, 0, tzinfo=VIETNAM)
DAYS = 14
EDITED, TAKEN_DOWN, RESTORED, DOWN, LYING = 2, 4, 7, 9, 11
# A second newspaper, with a story a day in its feed, until that stands still though the section goes on.
DAILY, FEED, SILENT = "baocantho", "/rss/cate/thoi-su/", 7
# Five days after the last of a daily feed.
MISSED = SILENT - 1 + 5


@dataclass
class Life:
    """What happened: each day's harvest, the requests of each day, and the stories that something befell.

    ``late`` are the two harvests of the evening on which the server lies: one that believes it, one that was told.
    """

    data: Path
    harvests: list[Finished] = field(default_factory=list)
    asked: list[Counter[str]] = field(default_factory=list)
    published: dict[str, datetime] = field(default_factory=dict)
    edited: str = ""
    gone: str = ""
    retitled: str = ""
    withheld: str = ""
    late: list[tuple[Finished, Counter[str]]] = field(default_factory=list)


def _moment(day: int) -> datetime:
    return FIRST + timedelta(days=day)


class _Press:
    """The portal's desk: what it shows on which day."""

    def __init__(self, site: Portal, life: Life) -> None:
        self._site = site
        self._all = {story.number: story for story in site.stories}
        self._hidden: set[int] = set()
        self._life = life
        young = sorted(self._until(EDITED - 1), key=lambda story: story.published)
        self.edited, self.gone, self.retitled = young[-1], young[-2], young[-3]
        life.edited, life.gone, life.retitled = map(self._url, (self.edited, self.gone, self.retitled))
        self._withheld = max(self._until(LYING), key=lambda story: story.published)
        life.withheld = self._url(self._withheld)

    def _url(self, story: Story) -> str:
        return self._site.url(story).replace("http://", "https://")

    def _until(self, day: int) -> list[Story]:
        return [story for story in self._all.values() if story.published <= _moment(day)]

    def publish(self, day: int, evening: bool = False) -> None:
        """Do the day's work and show it; one story of the day on which the server lies comes in the evening."""
        if day == EDITED:
            changed = (*self.edited.paragraphs[:-1], f"{self.edited.paragraphs[-1]} Vụ việc đang được làm rõ.")
            self._all[self.edited.number] = replace(self.edited, paragraphs=changed)
            self._all[self.retitled.number] = replace(self.retitled, title=f"{self.retitled.title} (cập nhật)")
        if day == TAKEN_DOWN:
            self._hidden.add(self.gone.number)
        if day == RESTORED:
            self._hidden = {self._withheld.number}
        if evening:
            self._hidden.clear()
        shown = [story for story in self._until(day) if story.number not in self._hidden]
        self._site.publish(shown)
        for story in shown:
            self._life.published.setdefault(self._url(story), story.published)


def _with_validators(site: Portal) -> dict[str, str]:
    """Let ``site`` answer listings with an ETag, and 304 to whoever has it; the tag is the caller's to change."""
    tag, route = {"etag": '"0"'}, site.route

    def answer(request: Request) -> Answer:
        page = route(request) or site.not_found(request)
        if page.status != 200 or request.path.endswith((".html", ".txt")):
            return page
        if request.header("If-None-Match") == tag["etag"]:
            return Answer(304, headers=(("ETag", tag["etag"]),))
        return replace(page, headers=(*page.headers, ("ETag", tag["etag"])), framed={})

    site.answer = answer  # type: ignore[method-assign]
    return tag


class _Daily:
    """A newspaper that brings a story every morning, and whose feed stands still from one day on."""

    def __init__(self) -> None:
        self.site = build_site(DAILY, count=40 + DAYS)
        self.site.scheme = "https"
        old, new = self.site.stories[:-DAYS], self.site.stories[-DAYS:]
        self._old = [replace(story, published=FIRST - timedelta(days=2 + number)) for number, story in enumerate(old)]
        topic = self.site.section_name("thoi-su")
        self._new = [
            replace(story, published=_moment(day) - timedelta(hours=12), section=topic, section_slug="thoi-su")
            for day, story in enumerate(new)
        ]
        self._still: Answer | None = None
        self._route = self.site.answer
        self.site.answer = self._answer  # type: ignore[method-assign]

    def publish(self, day: int) -> None:
        """Show what has come until ``day``, in the feed only until it falls silent."""
        if day == SILENT:
            self._still = self._route(Request("GET", FEED, "HTTP/1.1", (("Host", self.site.host),), b"", "https"))
        self.site.publish([*self._old, *self._new[: day + 1]])

    def _answer(self, request: Request) -> Answer:
        return self._still if self._still is not None and request.path == FEED else self._route(request)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    scratch = tmp_path_factory.mktemp("fortnight")
    clock, life = MovedClock(scratch), Life(scratch / "data")
    site = build_site(PORTAL, count=60)
    site.scheme = "https"
    press, tag, daily = _Press(site, life), _with_validators(site), _Daily()
    with ReplicaServer([site, daily.site]) as server:

        def harvest(moment: datetime, *portals: str) -> tuple[Finished, Counter[str]]:
            before = server.counts.copy()
            # The servers keep the true time, so the archivist's clock would be found wrong.
            options = ("-s", "ARCHIVE_RHYTHM=0", "-s", "ARCHIVE_CLOCK_SKEW=0")
            done = scrapy("harvest", *portals, *options, data=life.data, server=server, environment=clock.at(moment))
            return done, server.counts - before

        for day in range(DAYS):
            press.publish(day)
            daily.publish(day)
            tag["etag"] = f'"{day}"'
            site.faults = {"*": Fault(close=True)} if day == DOWN else {}
            done, asked = harvest(_moment(day), PORTAL, DAILY)
            life.harvests.append(done)
            life.asked.append(asked)
            if day == LYING:
                press.publish(day, evening=True)
                life.late.append(harvest(_moment(day) + timedelta(hours=1), PORTAL))
                tag["etag"] = '"true again"'
                life.late.append(harvest(_moment(day) + timedelta(hours=2), PORTAL))
    return life


def _rows(life: Life, table: str) -> list[dict[str, Any]]:
    return [row for row in read_rows(life.data, table) if row["portal"] == PORTAL]


def _versions(life: Life) -> dict[str, list[dict[str, Any]]]:
    versions: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(_rows(life, "articles"), key=lambda row: row["version"]):
        versions[row["url"]].append(row)
    return versions


def test_every_article_is_there_with_the_versions_it_had(life: Life) -> None:
    versions = _versions(life)
    assert set(versions) == set(life.published)
    told = {url: [row["status"] for row in rows] for url, rows in versions.items() if len(rows) > 1}
    assert told == {
        life.edited: ["live", "live"],
        life.retitled: ["live", "live"],
        life.gone: ["live", "gone", "live"],
    }
    assert versions[life.edited][1]["changed_fields"] == ["text"]
    assert versions[life.retitled][1]["changed_fields"] == ["title"]
    assert versions[life.gone][1]["changed_fields"] == ["status"]
    identities = {row["article_id"] for row in versions[life.gone]}
    assert len(identities) == 1


def _visits(born: datetime) -> list[int]:
    """The days on which an article born at ``born`` is looked at again, after the one it was first seen on."""
    first = next(day for day in range(DAYS) if _moment(day) >= born)
    due = [born + timedelta(seconds=step) for step in STEPS if born + timedelta(seconds=step) > _moment(first)]
    days = (next((day for day in range(DAYS) if _moment(day) >= moment), None) for moment in due)
    return sorted({day for day in days if day is not None})


def test_an_edit_is_noticed_on_the_next_visit(life: Life) -> None:
    for url in (life.edited, life.retitled):
        expected = next(day for day in _visits(life.published[url]) if day >= EDITED)
        assert _versions(life)[url][1]["fetch_time"].astimezone(VIETNAM).date() == _moment(expected).date()


def test_every_trouble_is_told_on_the_day_it_happens(life: Life) -> None:
    codes = {day: done.code for day, done in enumerate(life.harvests) if done.code != 0}
    assert codes == {DOWN: 5} | dict.fromkeys(range(MISSED, DAYS), 4), [done.err for done in life.harvests]
    assert "no answer from the portal" in life.harvests[DOWN].out + life.harvests[DOWN].err
    for done in life.harvests[MISSED:]:
        assert not done.reports[PORTAL]["problems"]
        (problem,) = done.reports[DAILY]["problems"]
        assert f"rss:{FEED} has brought nothing new since {_moment(SILENT - 1):%Y-%m-%d}" in str(problem)


def test_what_the_silent_feed_left_out_came_by_its_section(life: Life) -> None:
    rows = [row for row in read_rows(life.data, "articles") if row["portal"] == DAILY and row["version"] == 1]
    assert len(rows) == 40 + DAYS
    via = {row["discovered_via"] for row in read_rows(life.data, "captures") if row["fetch_time"] > _moment(SILENT)}
    assert "section:/thoi-su/" in via


def test_nothing_is_fetched_twice_without_a_reason(life: Life) -> None:
    """Each article on the day it is first shown and on those of its visits; what the silent day missed comes later."""
    for url, born in life.published.items():
        if url == life.withheld:
            continue
        days = {day for day in range(DAYS) if life.asked[day][url]}
        assert all(life.asked[day][url] == 1 for day in days), (url, days)
        first = next(day for day in range(DAYS) if _moment(day) >= born)
        expected = {first, *_visits(born)}
        if DOWN in expected:
            expected |= {DOWN + 1}
        if url == life.gone:
            assert RESTORED in days
            expected |= {RESTORED}
        assert days - {DOWN} == expected - {DOWN}, (url, born)


def test_listings_are_read_by_their_validators(life: Life) -> None:
    """An hour later 304 is believed; what it hid is found as soon as the server tells the truth, a day later anyway."""
    (lied, asked), (told, asked_again) = life.late
    listings = lied.reports[PORTAL]["statuses"]["304"]
    assert listings > 5
    assert lied.code == 0, lied.err
    assert lied.reports[PORTAL]["articles_new"] == 0
    assert not asked[life.withheld]
    assert told.code == 0, told.err
    assert asked_again[life.withheld] == 1


def test_the_archive_proves_itself(life: Life) -> None:
    report = verify(DataFolder(life.data), EXTRACTOR, jobs=1)
    assert not report.findings, report.findings


def test_a_rebuild_gives_the_same_tables(life: Life, tmp_path: Path) -> None:
    copy = DataFolder(tmp_path / "data")
    shutil.copytree(life.data, copy.path)
    shutil.rmtree(copy.corpus)
    rebuild(copy, EXTRACTOR, Rebuild(), jobs=1)
    for table in ("articles", "captures"):
        assert _table(copy.path, table) == _table(life.data, table)


def _table(data: Path, name: str) -> list[dict[str, Any]]:
    return sorted(read_rows(data, name), key=lambda row: (row["warc_filename"], row["warc_record_offset"]))


def test_a_ledger_made_anew_knows_the_same(life: Life, tmp_path: Path) -> None:
    copy = DataFolder(tmp_path / "data")
    shutil.copytree(life.data, copy.path)
    discard(copy)
    spider = portal_classes()[PORTAL]()
    kept, made = (Ledger(DataFolder(data), PORTAL, spider.known_as) for data in (life.data, copy.path))
    urls = {row["url"] for row in _rows(life, "captures")}
    differing = {url: (kept.entry(url), made.entry(url)) for url in urls if _told(kept, url) != _told(made, url)}
    assert not differing
    kept.close()
    made.close()


def _told(ledger: Ledger, url: str) -> Entry:
    """What a ledger says of ``url``, without what it cannot read off the archive: when a link to it was first seen."""
    entry = ledger.entry(url)
    assert entry is not None
    return entry._replace(first_seen=0.0, source=None)
