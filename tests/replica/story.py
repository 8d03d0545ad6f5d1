"""The truth of one generated article: what an editor typed into the CMS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph: file name, caption as printed under it, credit as printed in the caption (or ``None``)."""

    filename: str
    caption: str
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One article before any CMS has dressed it.

    ``published`` is aware (UTC+7). ``lead`` carries the agency prefix if the desk prints one ("BHG - …").
    ``paragraphs`` is the body without lead, captions, byline, source line; ``photos`` pairs each photo with
    the index of the paragraph it stands before (``len(paragraphs)`` = at the end). ``authors`` are bare
    names; ``byline`` is the printed form ("Tin, ảnh: Duy Tuấn"), ``None`` if unsigned. ``source_name``,
    ``source_url`` are set on republished items. ``section`` is the printed name, ``section_slug`` its path.
    """

    number: int
    title: str
    slug: str
    lead: str
    paragraphs: tuple[str, ...]
    photos: tuple[tuple[int, Photo], ...]
    authors: tuple[str, ...]
    byline: str | None
    source_name: str | None
    source_url: str | None
    section: str
    section_slug: str
    tags: tuple[str, ...]
    published: datetime
