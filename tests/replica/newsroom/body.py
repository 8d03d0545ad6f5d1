"""The press, which never prints the same paragraph twice, and the planning of a story's body."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from tests.replica.newsroom.bank import COMMON, bank
from tests.replica.newsroom.dice import Dice
from tests.replica.newsroom.teller import Teller
from tests.replica.newsroom.template import BREAK, Template

_LENGTHS = ((200, 280), (260, 400), (360, 600), (400, 650), (450, 700), (650, 950), (700, 1000), (1000, 1300))
_SHORTEST = 320
_LONGEST = 1420
_FEWEST = 5
_MOST = 18
_TRIES = 6
_FAMILIAR = 6
_SENTENCE_END = re.compile(r"(?<=[.!?…]) |(?<=[.!?…][”\"]) ")
_NEW_STYLE = (("hóa", "hoá"), ("khóa", "khoá"), ("Hòa", "Hoà"), ("ủy", "uỷ"), ("hòa", "hoà"))


def sentences(paragraph: str) -> list[str]:
    """``paragraph`` cut after full stops, questions and ellipses."""
    return _SENTENCE_END.split(paragraph)


class Press:
    """What has been printed on one portal: wordings by use, sentences, paragraphs."""

    def __init__(self) -> None:
        self._uses: Counter[Template] = Counter()
        self._sentences: set[str] = set()
        self._paragraphs: set[str] = set()

    def least_used(self, teller: Teller, templates: Sequence[Template]) -> list[Template]:
        """``templates``, the least used first, by chance among equals."""
        return sorted(teller.dice.shuffled(templates), key=self._uses.__getitem__)

    def line(self, teller: Teller, templates: Sequence[Template]) -> tuple[str, str]:
        """A title or lead from the least used of ``templates``, and the angles of that one."""
        template = self.least_used(teller, templates)[0]
        self._uses[template] += 1
        return teller.finish(template.render(teller)), template.angles

    def caption(self, teller: Teller, template: Template) -> str:
        """A caption; it may come twice on a portal, but is never a paragraph."""
        self._uses[template] += 1
        for _ in range(_TRIES):
            caption = teller.finish(template.render(teller))
            if caption not in self._paragraphs:
                break
        return caption

    def paragraphs(self, teller: Teller, template: Template) -> list[str]:
        """The paragraphs ``template`` makes; a sentence may have been printed before if need be, a paragraph never."""
        introduced = teller.introduced
        tries = _TRIES if self._uses[template] < _FAMILIAR else 2
        for attempt in range(tries):
            teller.introduced = introduced
            parts = [teller.finish(part) for part in template.render(teller).split(BREAK)]
            said = [sentence for part in parts for sentence in sentences(part)]
            last = attempt == tries - 1
            if self._sentences.isdisjoint(said) or (last and self._paragraphs.isdisjoint(parts)):
                self._uses[template] += 1
                self._sentences.update(said)
                self._paragraphs.update(parts)
                return parts
        teller.introduced = introduced
        return []


class _Body:
    """Paragraphs as they are set; in long stories two may become one."""

    def __init__(self, dice: Dice, long: bool) -> None:
        self.paragraphs: list[str] = []
        self.words = 0
        self._dice = dice
        self._long = long
        self._open = False

    def add(self, parts: list[str], plain: bool) -> None:
        """Set ``parts``; a ``plain`` one may be joined to a plain one before it."""
        words = sum(len(part.split()) for part in parts)
        plain = plain and len(parts) == 1
        crowded = len(self.paragraphs) >= _MOST - 4
        if self._open and plain and (crowded or (self._long and self._dice.chance(0.4))):
            self.paragraphs[-1] += f" {parts[0]}"
            self._open = False
        else:
            self.paragraphs += parts
            self._open = plain
        self.words += words


def write_body(teller: Teller, press: Press, lead: str) -> tuple[str, ...]:
    """The paragraphs of a story that has ``lead``: 5 to 18, 300 to 1,500 syllables with the lead."""
    target = teller.dice.number(*teller.dice.pick(_LENGTHS))
    body = _Body(teller.dice, target > 750)
    *plan, (_, ending) = _plan(teller, press, target)
    spare = [("para", template) for template in press.least_used(teller, bank().topics[COMMON].templates("para"))]
    longest = _LONGEST - ending.size - len(lead.split())
    for kind, template in plan + spare:
        if kind == "para" and body.words >= max(target, _SHORTEST) - ending.size and len(body.paragraphs) >= _FEWEST:
            break
        if len(body.paragraphs) + template.paragraphs < _MOST and body.words + template.size < longest:
            body.add(press.paragraphs(teller, template), kind == "para")
    body.add(press.paragraphs(teller, ending), plain=True)
    return _sometimes_new_style(teller.dice, body.paragraphs)


def _plan(teller: Teller, press: Press, target: int) -> list[tuple[str, Template]]:
    """Which templates make the body, in order, each with its kind; the ending is last."""
    topic = teller.topic
    quotes = press.least_used(teller, topic.fitting("quote", teller.angle))[: 1 + target // 380]
    ending = press.least_used(teller, topic.fitting("close", teller.angle))[0]
    room = target - ending.size - sum(template.size for template in quotes)
    plan = [("para", template) for template in _paras(teller, press, room)]
    step = len(plan) // (len(quotes) + 1) + 1
    for i, quote in enumerate(quotes, 1):
        plan.insert(i * step, ("quote", quote))
    if target > 600 and teller.dice.chance(0.5):
        subheads = press.least_used(teller, topic.fitting("subhead", teller.angle))[:1]
        plan[len(plan) // 2 : len(plan) // 2] = [("subhead", template) for template in subheads]
    return [*plan, ("close", ending)]


def _paras(teller: Teller, press: Press, room: int) -> list[Template]:
    """Paragraphs for ``room`` syllables: the topic's own in the bank's order, then those of what is related."""
    own = teller.topic.fitting("para", teller.angle)
    chosen = _until_full(press.least_used(teller, own), int(room * (1 - teller.topic.mix)))
    chosen.sort(key=own.index)
    foreign = [template for template in teller.subject.fitting("para", "") if not template.personal]
    borrowed = press.least_used(teller, foreign)
    return chosen + _until_full(borrowed, room - sum(template.size for template in chosen))


def _until_full(templates: list[Template], room: int) -> list[Template]:
    chosen: list[Template] = []
    for template in templates:
        if room < template.size // 2:
            break
        chosen.append(template)
        room -= template.size
    return chosen


def _sometimes_new_style(dice: Dice, paragraphs: list[str]) -> tuple[str, ...]:
    """One word in one story of eight with the tone mark where the newer spelling puts it, as it slips in."""
    if dice.chance(0.125):
        place = dice.number(0, len(paragraphs) - 1)
        old, new = dice.pick(_NEW_STYLE)
        paragraphs[place] = paragraphs[place].replace(old, new, 1)
    return tuple(paragraphs)
