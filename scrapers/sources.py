"""Where a portal lists its articles: typed facts, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A section page and the pages behind it; ``path`` from the root, ``api_id`` the CMS's id of the section."""

    path: str
    api_id: int | None = None

    @property
    def label(self) -> str:
        """How the corpus names this source (``discovered_via``)."""
        return f"section:{self.path}"


@dataclass(frozen=True, slots=True)
class Rss:
    """An RSS or Atom feed."""

    path: str

    @property
    def label(self) -> str:
        """How the corpus names this source (``discovered_via``)."""
        return f"rss:{self.path}"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap or sitemap index (sitemaps.org 0.9)."""

    path: str

    @property
    def label(self) -> str:
        """How the corpus names this source (``discovered_via``)."""
        return f"sitemap:{self.path}"


@dataclass(frozen=True, slots=True)
class NewsSitemap(Sitemap):
    """A sitemap with Google's news extension: the last two days, with titles and times."""

    @property
    def label(self) -> str:
        """How the corpus names this source (``discovered_via``)."""
        return f"news-sitemap:{self.path}"


@dataclass(frozen=True, slots=True)
class Api:
    """A listing in JSON (see ``scrapers.listing.json_links``); ``of`` is the label it goes under.

    ``path`` holds ``{page}``, counted from 1; or ``{first}``, the number of articles on the pages of ``page_size``
    before it; or ``{last}``, the id of the last article listed before it: ``last`` before the first page.
    """

    path: str
    of: str | None = None
    last: str = ""
    page_size: int = 0

    def page_path(self, page: int, last: str) -> str:
        """The path of page ``page``, which comes after the article with the id ``last``."""
        return self.path.format(page=page, first=(page - 1) * self.page_size, last=last)

    @property
    def label(self) -> str:
        """How the corpus names this source (``discovered_via``)."""
        return self.of or f"api:{self.path}"


Source = Section | Rss | Sitemap | NewsSitemap | Api
