"""A Pelican site with our newsroom's articles: pages for ``benchmarks.extraction`` to read.

``python -m benchmarks.pelican FOLDER`` writes ``pelican-<theme>.warc.gz`` and ``….truth.json`` for the themes that
come with Pelican. Needs its command ``pelican`` (Debian's package, or ``pip install pelican`` anywhere on PATH); says
so and ends with exit code 3 where it is absent.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from benchmarks.truths import Pages, truth_of
from tests.replica.newsroom import newsroom
from tests.replica.sites.markup import VIETNAM
from tests.replica.story import Story

THEMES = ("notmyidea", "simple")
SITE = "http://bienthuy.example"
_ARTICLES, _SEED = 24, 877
_SETTINGS = f"""
SITENAME = "Tin tức Vùng cao"
SITEURL = "{SITE}"
AUTHOR = "Ban biên tập"
TIMEZONE = "Asia/Ho_Chi_Minh"
DEFAULT_LANG = "vi"
DEFAULT_DATE_FORMAT = "%d/%m/%Y %H:%M"
ARTICLE_URL = ARTICLE_SAVE_AS = "{{slug}}-{{number}}.html"
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = None
SUMMARY_MAX_LENGTH = 40
"""


def main(folder: Path) -> int:
    """Build the site by each theme and write its pages to ``folder``; the exit code."""
    if shutil.which("pelican") is None:
        print("Pelican is left out: pelican is not installed", file=sys.stderr)
        return 3
    folder.mkdir(parents=True, exist_ok=True)
    stories = newsroom("baocaobang", _ARTICLES, _SEED)
    with tempfile.TemporaryDirectory(prefix="pelican-") as name:
        work = Path(name)
        (work / "content").mkdir()
        (work / "settings.py").write_text(_SETTINGS)
        for story in stories:
            (work / "content" / f"{story.number}.html").write_text(_source(story))
        for theme in THEMES:
            command = ["pelican", "content", "-s", "settings.py", "-t", theme, "-o", theme, "-q"]
            subprocess.run(command, cwd=work, check=True)
            pages = Pages(folder / f"pelican-{theme}")
            for story in stories:
                page = f"{story.slug}-{story.number}.html"
                pages.add(f"{SITE}/{page}", (work / theme / page).read_bytes(), truth_of(story))
            print(pages.write())
    return 0


def _source(story: Story) -> str:
    """A story as an author writes it; every other one names its writers in the head, the rest in the text."""
    in_head = bool(story.authors) and story.number % 2 == 1
    names = {
        "date": f"{story.published.astimezone(VIETNAM):%Y-%m-%d %H:%M}",
        "slug": story.slug,
        "number": str(story.number),
        "category": story.section,
        "tags": ", ".join(story.tags),
        "authors": "; ".join(story.authors) if in_head else "",
    }
    metas = "".join(f'<meta name="{name}" content="{escape(value)}"/>\n' for name, value in names.items() if value)
    return (
        f"<html><head><title>{escape(story.title)}</title>\n{metas}</head><body>\n"
        f"{_text(story, None if in_head else story.byline)}\n</body></html>\n"
    )


def _text(story: Story, byline: str | None) -> str:
    parts = [f"<p><b>{escape(story.lead)}</b></p>"]
    for index, text in enumerate((*story.paragraphs, None)):
        parts += [
            f'<figure><img src="/anh/{photo.filename}"/><figcaption>{escape(photo.caption)}</figcaption></figure>'
            for at, photo in story.photos
            if at == index
        ]
        if text is not None:
            parts.append(f"<p>{escape(text)}</p>")
    if byline:
        parts.append(f'<p align="right"><b>{escape(byline)}</b></p>')
    if story.source_name:
        parts.append(f'<p align="right">Theo {escape(story.source_name)}</p>')
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
