"""The base of a portal that dresses stories: addresses, sections, listings, robots.txt, pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import ClassVar

from tests.replica.newsroom import Newsroom
from tests.replica.site import Answer, Request, Site
from tests.replica.sites.layout import laid_out, typed
from tests.replica.sites.markup import VIETNAM, picture
from tests.replica.story import Story

XML = "text/xml; charset=utf-8"
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".ico")


class Portal(Site):
    """A portal made of a newsroom's stories; a family gives ``path`` and the pages.

    ``page_size`` is how many articles a listing holds. ``disallow`` are the robots.txt rules; ``now`` is
    the clock of the page header and may be replaced to hold time still. The first listing of each section
    carries ``dead_path``, a link that answers 404. ``indent`` and ``newline`` are how its templates are written.
    """

    page_size: ClassVar[int] = 12
    disallow: ClassVar[tuple[str, ...]] = ()
    sitemap_path: ClassVar[str | None] = None
    has_clock: ClassVar[bool] = False
    separator: ClassVar[str] = "\n"
    indent: ClassVar[str] = "    "
    newline: ClassVar[str] = "\n"

    def __init__(self, newsroom: Newsroom, stories: Sequence[Story]) -> None:
        super().__init__()
        self.newsroom = newsroom
        self.sections = tuple((name, slug.strip("/")) for name, slug in newsroom.sections)
        self.now: Callable[[], datetime] = lambda: datetime.now(VIETNAM)
        self._made: dict[str, str] = {}
        self.publish(stories)

    def publish(self, stories: Sequence[Story]) -> None:
        """Show ``stories`` (any order) and nothing else from now on."""
        self.stories = tuple(sorted(stories, key=lambda story: story.published, reverse=True))
        self._by_path = {self.path(story): story for story in self.stories}
        self._by_section: dict[str, list[Story]] = {slug: [] for _, slug in self.sections}
        for story in self.stories:
            self._by_section[story.section_slug.strip("/")].append(story)
        self.forget()

    def once(self, make: Callable[[], str]) -> str:
        """What ``make`` (a method of this site) gives, made once until pages are rendered anew.

        It has lines of its own, as templates that others include have, and ``written`` leaves them as they are.
        """
        name = make.__name__
        if name not in self._made:
            self._made[name] = typed(self.written(make()))
        return self._made[name]

    def forget(self) -> None:
        super().forget()
        self._made.clear()

    def path(self, story: Story) -> str:
        """The path of an article's canonical address."""
        raise NotImplementedError

    def section_path(self, slug: str) -> str:
        """The path of a section's first listing."""
        raise NotImplementedError

    def url(self, story: Story) -> str:
        """The canonical address of an article."""
        return self.base + self.path(story)

    def articles(self) -> Mapping[str, Story]:
        """Every article by its absolute canonical address."""
        return {self.base + path: story for path, story in self._by_path.items()}

    def story_at(self, path: str) -> Story | None:
        """The article at ``path``."""
        return self._by_path.get(path)

    def in_section(self, slug: str) -> list[Story]:
        """The articles of a section, newest first; an unknown section has none."""
        return self._by_section.get(slug, [])

    def listing(self, slug: str, page: int) -> list[Story]:
        """The articles on page ``page`` (from 1) of a section."""
        return self.in_section(slug)[(page - 1) * self.page_size : page * self.page_size]

    def page_count(self, slug: str) -> int:
        """How many listings a section has, at least one."""
        return max(1, ceil(len(self.in_section(slug)) / self.page_size))

    def neighbours(self, story: Story, count: int) -> list[Story]:
        """Other articles of the story's section, the next older ones first."""
        others = self.in_section(story.section_slug.strip("/"))
        at = others.index(story)
        return (others[at + 1 :] + others[:at])[:count]

    def section_name(self, slug: str) -> str:
        """The printed name of a section."""
        return next(name for name, known in self.sections if known == slug)

    def dead_path(self, slug: str) -> str:
        """A listed address that answers 404: an article that was taken down."""
        raise NotImplementedError

    def epoch(self) -> str:
        """The minute on the page header's clock, for portals that have one."""
        return self.now().strftime("%Y%m%d%H%M") if self.has_clock else ""

    def written(self, page: str) -> str:
        """``page`` in lines, as the portal's templates write it."""
        return laid_out(page, self.indent, self.newline)

    def common(self, request: Request) -> Answer | None:
        """What every portal answers: robots.txt and pictures."""
        if request.path == "/robots.txt":
            return Answer(200, self.robots().encode(), "text/plain")
        if request.path.lower().endswith(_PICTURES):
            body, kind = picture(request.path)
            return Answer(200, body, kind, (("ETag", f'"5f3c-{len(body):x}"'), ("Accept-Ranges", "bytes")))
        return None

    def robots(self) -> str:
        """The text of robots.txt."""
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in self.disallow)]
        if self.sitemap_path:
            lines += ["", f"Sitemap: {self.base}{self.sitemap_path}"]
        return self.separator.join(lines) + self.separator
