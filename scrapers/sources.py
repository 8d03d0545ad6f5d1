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
    """A listing in JSON, ``{"data": [{"link": …}]}`` or the list alone; ``of`` is the label it goes under.

    ``path`` holds ``{page}``, the number of the page, or ``{last}``, the id of the last article listed before it:
    ``last`` before the first page.
    """

    path: str
    of: str | None = None
    last: str = ""

    @property
    def label(self) -> str:
        """How the corpus names this source (``discovered_via``)."""
        return self.of or f"api:{self.path}"


Source = Section | Rss | Sitemap | NewsSitemap | Api
