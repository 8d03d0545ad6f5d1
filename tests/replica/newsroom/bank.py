"""The bank of prose: a text file per topic, read once.

A file begins with ``key = value`` lines (``related`` and ``matter``; every other key is a word list, options
separated by ``|``, one of which a story keeps to the end). Then come sections, ``== name`` and a template a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.replica.newsroom.template import Template, compile_template

_FOLDER = Path(__file__).parent / "bank"
COMMON = "common"


@dataclass(frozen=True, slots=True)
class Topic:
    """What can be written about one subject.

    ``matter`` names it in a sentence ("công tác giảm nghèo"); ``related`` are the topics whose paragraphs fit a
    story about this one; ``mix`` is the share (0 to 1) of paragraphs taken from one of them.
    """

    name: str
    matter: str
    related: tuple[str, ...]
    mix: float
    sections: dict[str, tuple[Template, ...]]

    def templates(self, section: str) -> tuple[Template, ...]:
        """The templates of ``section``, none if the file has no such section."""
        return self.sections.get(section, ())

    def fitting(self, section: str, angle: str) -> tuple[Template, ...]:
        """The templates of ``section`` that go with a lead of ``angle``."""
        return tuple(t for t in self.templates(section) if not t.angles or (angle and angle in t.angles))


@dataclass(frozen=True, slots=True)
class Bank:
    """All topics, and the word lists of all of them together."""

    topics: dict[str, Topic]
    words: dict[str, tuple[str, ...]]


@cache
def bank() -> Bank:
    """Read the bank; ValueError if two files define the same word list differently."""
    topics: dict[str, Topic] = {}
    words: dict[str, tuple[str, ...]] = {}
    for path in sorted(_FOLDER.glob("*.txt")):
        head, sections = _read(path)
        topics[path.stem] = Topic(
            name=path.stem,
            matter=head.pop("matter", ""),
            related=tuple(head.pop("related", "").split()),
            mix=float(head.pop("mix", "0")),
            sections={name: tuple(compile_template(line) for line in lines) for name, lines in sections.items()},
        )
        for key, value in head.items():
            if key in words:
                raise ValueError(f"{path.name}: the word list {key} is already defined")
            words[key] = tuple(option.strip() for option in value.split("|"))
    return Bank(topics, words)


def _read(path: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    head: dict[str, str] = {}
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    for raw in path.read_text(encoding="utf-8").splitlines():
        line = raw.strip()
        if line.startswith("== "):
            current = sections.setdefault(line[3:], [])
        elif line and current is None:
            key, _, value = line.partition(" = ")
            head[key] = value
        elif line and current is not None:
            current.append(line)
    return head, sections
