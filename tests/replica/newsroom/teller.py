"""Who tells one story: fills blanks so that places, people and dates agree from title to last line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.replica.newsroom.bank import COMMON, Topic, bank
from tests.replica.newsroom.dice import Dice
from tests.replica.newsroom.newsrooms import House
from tests.replica.newsroom.people import Person, official, resident
from tests.replica.newsroom.places import Province

_ROMAN = ("XVI", "XVII", "XVIII", "XIX", "XX")


class Teller:
    """The memory of one story in the making.

    ``angle`` is that of the lead. ``introduced`` holds the people already named with their role; whoever throws a
    paragraph away puts the earlier set back. ``published`` is aware (UTC+7).
    """

    def __init__(
        self, dice: Dice, house: House, province: Province, topic: Topic, subject: Topic, published: datetime
    ) -> None:
        self.dice = dice
        self.house = house
        self.province = province
        self.topic = topic
        self.subject = subject
        self.published = published
        self.introduced: frozenset[str] = frozenset()
        self.angle = ""
        self.separator = dice.pick(house.separators)
        (self.district, communes), (self.other_district, _) = dice.sample(province.districts, 2)
        self.communes = dice.shuffled(communes)
        self._at_home = False
        self._address = "đồng chí" if dice.chance(0.6) else ""
        self._people: dict[str, Person] = {}
        self._words: dict[str, str] = {}
        self._dash = dice.pick(house.dashes)
        self._straight = dice.chance(0.35)
        self._dots = dice.chance(0.4)

    def begin(self) -> None:
        """Start a template: whoever lives where it says it happens need not be told so again."""
        self._at_home = False

    def fill(self, name: str, low: int, high: int) -> str:
        """The text for blank ``name``; KeyError if nothing is known by that name."""
        self._at_home = self._at_home or name == "xom"
        blank = _BLANKS.get(name)
        return blank(self, low, high) if blank else self._word(name)

    def finish(self, text: str) -> str:
        """``text`` with this story's dashes, quotation marks and ellipses."""
        if self._dash != " - ":
            text = text.replace(" - ", self._dash)
        if self._straight:
            text = text.replace("“", '"').replace("”", '"')
        return text.replace("…", "...") if self._dots else text

    def hamlet(self) -> str:
        """A hamlet with its word in front: "xóm Lũng Tung"."""
        province = self.province
        return f"{province.hamlet} {self.dice.pick(province.hamlet_heads)} {self.dice.pick(province.hamlet_tails)}"

    def kept(self, key: str, make: Callable[[], str]) -> str:
        """What ``make`` gave the first time ``key`` was asked for."""
        if key not in self._words:
            self._words[key] = make()
        return self._words[key]

    def person(self, key: str) -> str:
        """Resident ("nguoi1") or official ("cb2"), with role or home when named for the first time."""
        if key not in self._people:
            self._people[key] = self._new_person(key)
        if key in self.introduced:
            return self._people[key].short
        self.introduced |= {key}
        person = self._people[key]
        return f"{person.address} {person.name}" if self._at_home and key.startswith("nguoi") else person.full

    def voter(self, key: str) -> str:
        """Resident ``key`` without a form of address, with the home when named for the first time."""
        known = key in self.introduced
        self.person(key)
        person = self._people[key]
        return person.name if known or self._at_home else f"{person.name}{person.role}"

    def _new_person(self, key: str) -> Person:
        if key.startswith("nguoi"):
            hamlet = self.hamlet() if key == "nguoi2" else self.kept("xom", self.hamlet)
            return resident(self.dice, self.dice.chance(self.province.highland), f"{hamlet}, xã {self.communes[0]}")
        section = f"role{key[-1]}"
        roles = self.topic.templates(section) or bank().topics[COMMON].templates(section)
        return official(self.dice, self._address, _lower_first(self.dice.pick(roles).render(self)))

    def _word(self, name: str) -> str:
        fresh = name.endswith("*")
        name = name.rstrip("*")
        options = self.province.words.get(name) or bank().words[name]
        return self.dice.pick(options) if fresh else self.kept(name, lambda: self.dice.pick(options))


def _lower_first(role: str) -> str:
    """Roles stand in the middle of a sentence, yet titles of office keep their capital."""
    return role[0].lower() + role[1:] if role.startswith(("Cán", "Giáo", "Người", "Bác", "Công")) else role


def thousands(number: int) -> str:
    """``number`` with dots between thousands: "4.437"."""
    return f"{number:,}".replace(",", ".")


def dateline(teller: Teller) -> str:
    """When it happened, the day of publication or the day before: "Chiều 6/7"."""
    published, dice = teller.published, teller.dice
    over = [word for word, hour in (("sáng", 10), ("chiều", 15), ("tối", 21), ("ngày", 9)) if published.hour >= hour]
    today = bool(over) and dice.chance(0.75)
    day = published if today else published - timedelta(days=1)
    word = dice.pick(over if today else ("sáng", "chiều", "ngày", "tối"))
    link = " ngày " if word != "ngày" and dice.chance(0.2) else " "
    year = f"{teller.separator}{day.year}" if dice.chance(teller.house.year) else ""
    return f"{word}{link}{day.day}{teller.separator}{day.month}{year}"


def _past(teller: Teller, low: int, high: int) -> datetime:
    return teller.published - timedelta(days=teller.dice.number(low, high))


def _day(teller: Teller, low: int, high: int) -> str:
    day = _past(teller, low or 4, high or 45)
    return f"{day.day}{teller.separator}{day.month}"


def _coming_day(teller: Teller, low: int, high: int) -> str:
    day = teller.published + timedelta(days=teller.dice.number(low or 5, high or 40))
    return f"{day.day}{teller.separator}{day.month}"


def _full_day(teller: Teller, low: int, high: int) -> str:
    day = _past(teller, low or 90, high or 1300)
    separator = "/" if teller.separator == "-" else teller.separator
    return f"{day.day}{separator}{day.month}{separator}{day.year}"


def _decimal(teller: Teller, low: int, high: int) -> str:
    return f"{thousands(teller.dice.number(low, high))},{teller.dice.number(1, 9)}"


def _three_decimals(teller: Teller, low: int, high: int) -> str:
    return f"{thousands(teller.dice.number(low, high))},{teller.dice.number(101, 998):03d}"


def _percent(teller: Teller, low: int, high: int) -> str:
    whole = teller.dice.number(low, high)
    form = teller.dice.number(0, 9)
    if form < 5 or whole >= 100:
        return f"{whole}%"
    return f"{whole},{teller.dice.number(1, 9)}%" if form < 8 else f"{whole},{teller.dice.number(11, 98)}%"


def _amount(teller: Teller, low: int, high: int) -> str:
    form = teller.dice.number(0, 9)
    return (_whole if form < 4 else _decimal if form < 7 else _three_decimals)(teller, low, high)


def _whole(teller: Teller, low: int, high: int) -> str:
    return thousands(teller.dice.number(low, high))


def _part_of(teller: Teller, low: int, high: int) -> str:
    whole = teller.dice.number(low, high)
    return f"{teller.dice.number(whole // 3, whole - 1)}/{whole}"


def _clock(teller: Teller, low: int, high: int) -> str:
    hour, minute = teller.dice.number(low or 7, high or 20), teller.dice.pick((0, 0, 15, 30, 45))
    if teller.separator == ".":
        return f"{hour}.{minute:02d}"
    return f"{hour} giờ {minute} phút" if minute else f"{hour} giờ"


def _term(length: int, first: int) -> Callable[[Teller, int, int], str]:
    """The planning period of ``length`` years around the story; periods begin in years ending in ``first``."""

    def text(teller: Teller, low: int, high: int) -> str:
        start = (teller.published.year - first) // 5 * 5 + first + low
        return f"{start} - {start + length}"

    return text


def _year(offset: int) -> Callable[[Teller, int, int], str]:
    return lambda teller, low, high: str(teller.published.year + offset)


def _person(key: str) -> Callable[[Teller, int, int], str]:
    return lambda teller, low, high: teller.person(key)


def _document(suffix: str, width: int, with_year: bool) -> Callable[[Teller, int, int], str]:
    def text(teller: Teller, low: int, high: int) -> str:
        number = f"{teller.dice.number(low or 3, high or 98):0{width}d}"
        year = f"/{teller.published.year - teller.dice.number(0, 2)}" if with_year else ""
        return f"{number}{year}{suffix}"

    return text


def _voter(key: str) -> Callable[[Teller, int, int], str]:
    return lambda teller, low, high: teller.voter(key)


def _kept_number(key: str) -> Callable[[Teller, int, int], str]:
    """A number that stays the same in title, lead and body."""
    return lambda teller, low, high: teller.kept(key, lambda: _whole(teller, low, high))


def _stranger(teller: Teller, low: int, high: int) -> str:
    home = f"{teller.hamlet()}, xã {teller.dice.pick(teller.communes)}"
    return resident(teller.dice, teller.dice.chance(teller.province.highland), home).full


def _assembly(teller: Teller, low: int, high: int) -> str:
    """The provincial council's term in Roman numbers; the seventeenth sat from 2021 to 2026."""
    return _ROMAN[min(len(_ROMAN) - 1, max(0, (teller.published.year - 2016) // 5))]


_BLANKS: dict[str, Callable[[Teller, int, int], str]] = {
    "khi": lambda t, low, high: dateline(t),
    "tinh": lambda t, low, high: t.province.name,
    "huyen": lambda t, low, high: f"huyện {t.district}",
    "thuyen": lambda t, low, high: t.district,
    "huyen2": lambda t, low, high: f"huyện {t.other_district}",
    "thuyen2": lambda t, low, high: t.other_district,
    "thuyen*": lambda t, low, high: t.dice.pick(t.province.districts)[0],
    "xa": lambda t, low, high: f"xã {t.communes[0]}",
    "txa": lambda t, low, high: t.communes[0],
    "xa2": lambda t, low, high: f"xã {t.communes[1]}",
    "txa2": lambda t, low, high: t.communes[1],
    "xa3": lambda t, low, high: f"xã {t.communes[2]}",
    "txa3": lambda t, low, high: t.communes[2],
    "txa*": lambda t, low, high: t.dice.pick(t.communes),
    "donvi": lambda t, low, high: t.province.hamlet,
    "xom": lambda t, low, high: t.kept("xom", t.hamlet),
    "xom*": lambda t, low, high: t.hamlet(),
    "chuyende": lambda t, low, high: t.subject.matter,
    "nguoi1": _person("nguoi1"),
    "nguoi2": _person("nguoi2"),
    "nguoi3": _person("nguoi3"),
    "nguoi*": _stranger,
    "cutri1": _voter("nguoi1"),
    "cutri2": _voter("nguoi2"),
    "cutri3": _voter("nguoi3"),
    "n1": _kept_number("n1"),
    "n2": _kept_number("n2"),
    "cb1": _person("cb1"),
    "cb2": _person("cb2"),
    "cb3": _person("cb3"),
    "n": _whole,
    "d": _decimal,
    "ddd": _three_decimals,
    "so": _amount,
    "pct": _percent,
    "tyle": _part_of,
    "gio": _clock,
    "ngay": _day,
    "ngaynam": _full_day,
    "sap": _coming_day,
    "nam": _year(0),
    "namtruoc": _year(-1),
    "namsau": _year(1),
    "nam2": _year(-2),
    "nam3": _year(-3),
    "nam5": _year(-5),
    "giaidoan": _term(4, 1),
    "nhiemky": _term(5, 0),
    "nhiemkyhd": _term(5, 1),
    "khoahd": _assembly,
    "thang": lambda t, low, high: str((t.published.month + 10) % 12 + 1),
    "nq": _document("-NQ/TU", 2, False),
    "ct": _document("-CT/TU", 2, False),
    "nqhd": _document("/NQ-HĐND", 2, True),
    "qd": _document("/QĐ-UBND", 3, False),
    "kh": _document("/KH-UBND", 3, False),
}
