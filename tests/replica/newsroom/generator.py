"""Puts stories together: topic, title, lead, body, pictures, signature, one after the other."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import datetime, timedelta, timezone
from math import isqrt

from tests.replica.newsroom.bank import COMMON, Topic, bank
from tests.replica.newsroom.body import Press, write_body
from tests.replica.newsroom.dice import Dice
from tests.replica.newsroom.newsrooms import HOUSES, House
from tests.replica.newsroom.people import pen_names
from tests.replica.newsroom.teller import Teller
from tests.replica.story import Photo, Story

NEWEST = datetime(2026, 11, 20, 18, 0, tzinfo=timezone(timedelta(hours=7)))
_HOURS = (0, 2, 4, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 10, 10, 11, 11, 12, 13, 14, 14, 15, 15, 16, 16, 17, 17)
_EVENING = (18, 18, 19, 19, 20, 20, 21, 21, 22, 22, 23)
_PHOTOS = (0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5)
_TAGS = (0, 0, 1, 2, 3, 3, 4, 5, 6)


def newsroom(portal: str, count: int, seed: int = 1, newest: datetime = NEWEST) -> tuple[Story, ...]:
    """The ``count`` newest stories of ``portal``, newest first.

    The same arguments give the same stories everywhere. The first is published at ``newest`` (aware, UTC+7), the
    others before it, no two in the same minute: 60 stories over about 60 days, more stories more densely.
    KeyError if ``portal`` is not one of ``NEWSROOMS``. To have a site grow, make the grown site and serve a slice.
    """
    desk = _Desk(HOUSES[portal], seed)
    times = _publication_times(Dice(f"{portal}/{seed}/times"), count, newest)
    stories = [desk.story(number, published) for number, published in enumerate(times, 1)]
    return tuple(reversed(stories))


def slugify(title: str) -> str:
    """``title`` as an address: ASCII letters and digits, at most 100 characters, cut between words."""
    plain = unicodedata.normalize("NFD", title.lower().replace("đ", "d"))
    slug = re.sub(r"[^a-z0-9]+", "-", "".join(c for c in plain if not unicodedata.combining(c))).strip("-")
    return slug if len(slug) <= 100 else slug[:101].rpartition("-")[0]


def _publication_times(dice: Dice, count: int, newest: datetime) -> list[datetime]:
    """``count`` different minutes up to ``newest``, oldest first, most of them by day."""
    days = isqrt(60 * count)
    midnight = newest.replace(hour=0, minute=0, second=0, microsecond=0)
    times = {newest} if count else set()
    while len(times) < count:
        hour = dice.pick(_HOURS + _EVENING)
        time = midnight + timedelta(days=-dice.number(0, days), hours=hour, minutes=dice.number(0, 59))
        if time < newest:
            times.add(time)
    return sorted(times)


class _Desk:
    """One portal's desk, with what its press has printed so far."""

    def __init__(self, house: House, seed: int) -> None:
        self._house = house
        self._key = f"{house.newsroom.portal}/{seed}"
        self._beats = [(t, s) for s in house.newsroom.sections for t in house.beats[s[1]]]
        self._topics = list(dict.fromkeys(topic for topic, _ in self._beats))
        self._staff = pen_names(Dice(f"{self._key}/staff"), 24)
        self._press = Press()
        self._slugs: set[str] = set()
        self._filled: Counter[tuple[str, str]] = Counter()

    def story(self, number: int, published: datetime) -> Story:
        """Story ``number``, counted from the oldest."""
        dice = Dice(f"{self._key}/{number}")
        topic = self._topic(number)
        section, section_slug = self._section(dice, topic.name)
        subject = bank().topics[dice.pick(topic.related)]
        teller = Teller(dice, self._house, dice.pick(self._house.provinces), topic, subject, published)
        lead, teller.angle = self._press.line(teller, topic.templates("lead"))
        title, slug = self._title(teller)
        paragraphs = write_body(teller, self._press, lead)
        authors, byline, source_name, source_url = self._signature(dice, sum(len(p) for p in paragraphs) > 4500)
        return Story(
            number=number,
            title=title,
            slug=slug,
            lead=lead if source_name == self._house.agency else self._house.newsroom.prefix + lead,
            paragraphs=paragraphs,
            photos=self._photos(teller, slug, paragraphs),
            authors=authors,
            byline=byline,
            source_name=source_name,
            source_url=source_url,
            section=section,
            section_slug=section_slug,
            tags=_tags(teller),
            published=published,
        )

    def _section(self, dice: Dice, topic: str) -> tuple[str, str]:
        """One of the sections that cover ``topic``, of those that have the fewest stories: none stays empty."""
        sections = [section for name, section in self._beats if name == topic]
        fewest = min(self._filled[section] for section in sections)
        section = dice.pick([section for section in sections if self._filled[section] == fewest])
        self._filled[section] += 1
        return section

    def _topic(self, number: int) -> Topic:
        """Every topic has its turn before any comes again."""
        turn, place = divmod(number - 1, len(self._topics))
        return bank().topics[Dice(f"{self._key}/turn/{turn}").shuffled(self._topics)[place]]

    def _title(self, teller: Teller) -> tuple[str, str]:
        """A title that fits the lead and its slug, both new; where wordings run out, the next instalment of one."""
        titles = teller.topic.fitting("title", teller.angle)
        place = f"{teller.province.name}: " if self._house.place_in_title and teller.dice.chance(0.6) else ""
        attempt = 0
        while True:
            attempt += 1
            title = place + self._press.line(teller, titles)[0]
            slug = slugify(title if attempt < 20 else (title := f"Kỳ {attempt - 18}: {title}"))
            if slug not in self._slugs:
                self._slugs.add(slug)
                return title, slug

    def _signature(self, dice: Dice, feature: bool) -> tuple[tuple[str, ...], str | None, str | None, str | None]:
        """Authors, byline as printed, source and its address."""
        house = self._house
        if dice.chance(house.wire):
            return (), None, house.agency, None
        copied = house.origin is not None and dice.chance(house.republished)
        if not copied and dice.chance(house.unsigned):
            return (), None, None, None
        authors = tuple(dice.sample(self._staff, 2 if dice.chance(0.15) else 1))
        if house.byline == "capitals" and dice.chance(0.5):
            authors = tuple(name.upper() for name in authors)
        byline = " - ".join(authors)
        if house.byline == "works":
            byline = f"{'Bài' if feature else 'Tin'}, ảnh: {byline}"
        if house.byline == "agency" and dice.chance(0.8):
            byline += " (BCB)"
        return authors, byline, *(house.origin if copied and house.origin else (None, None))

    def _photos(self, teller: Teller, slug: str, paragraphs: tuple[str, ...]) -> tuple[tuple[int, Photo], ...]:
        dice = teller.dice
        size = dice.pick(_PHOTOS)
        places = sorted(dice.number(0, len(paragraphs)) for _ in range(size))
        stem = "_".join(slug.split("-")[:4])
        photos = []
        own = self._press.least_used(teller, teller.topic.fitting("caption", teller.angle))
        more = self._press.least_used(teller, bank().topics[COMMON].templates("caption"))
        for i, template in enumerate((own + more)[:size]):
            caption = self._press.caption(teller, template)
            credit = dice.pick(self._staff) if dice.chance(0.3) else None
            text = f"{caption} Ảnh: {credit}" if credit else caption
            photos.append((places[i], Photo(f"{stem}_{teller.published:%Y%m%d%H%M}_{i + 1}.jpg", text, credit)))
        return tuple(photos)


def _tags(teller: Teller) -> tuple[str, ...]:
    words = [template.render(teller) for template in teller.topic.templates("tag")]
    tags = dict.fromkeys([*words, teller.province.name, teller.district])
    return tuple(teller.dice.sample(list(tags), teller.dice.pick(_TAGS)))
