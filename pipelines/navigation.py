"""Section and tags of an article where no layout names them: breadcrumb, tag box, the menu's link to its address."""

from __future__ import annotations

from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipelines.html import element_text, select
from pipelines.nearby import is_category
from pipelines.reading import Reading
from pipelines.text import match_key

_BREADCRUMBS = "[class*=breadcrumb] a, [id*=breadcrumb] a"
_HERE = "nav a[aria-current], nav li.active > a, nav li.current > a, nav a.active"
_TAGS = ".tags a, .tag-list a, .tag_list a, .tags-box a, .box-tags a, .block_tag a"
_HOME = frozenset({"trang chu", "trang nhat", "home", ""})
_LONGEST_SECTION = 60


def find_section(root: HtmlElement, url: str, reading: Reading) -> tuple[str, str] | None:
    """The innermost section of the page and what named it.

    Asked in turn: its breadcrumb, a line near the body, the link to a folder of its address, the menu's link that is
    marked as the one where the reader is, and a first heading that is one of the menu's links.
    """
    if section := innermost(select(root, _BREADCRUMBS), reading.title):
        return section, "breadcrumb"
    if reading.nearby.section:
        return reading.nearby.section, "nearby"
    if section := _folder_name(root, url):
        return section, "address"
    if section := innermost(select(root, _HERE), reading.title):
        return section, "menu"
    menu = {(link.get("href"), element_text(link)) for link in select(root, "nav a")}
    headings = (link for link in select(root, "h1 a") if (link.get("href"), element_text(link)) in menu)
    section = innermost(list(headings), reading.title)
    return (section, "heading") if section else None


def innermost(links: list[HtmlElement], title: str) -> str | None:
    """The last of ``links`` (a breadcrumb) that names neither the home page nor the article."""
    for link in reversed(links):
        text = element_text(link).strip(" /»›>|")
        if match_key(text) not in _HOME and match_key(text) != match_key(title):
            return text
    return None


def _folder_name(root: HtmlElement, url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    folders = [folder for folder in parts.path.split("/")[1:-1] if folder]
    paths = ["/" + "/".join(folders[: depth + 1]) for depth in range(len(folders))]
    origin = f"{parts.scheme}://{parts.netloc}"
    depths = {
        form: depth
        for depth, path in enumerate(paths)
        for form in (path, path + "/", origin + path, origin + path + "/")
    }
    found: dict[int, str] = {}
    for link in root.iter("a"):
        depth = depths.get((link.get("href") or "").strip())
        if depth is None or depth in found:
            continue
        text = element_text(link)
        if 0 < len(text) <= _LONGEST_SECTION and match_key(text) not in _HOME:
            found[depth] = text
    return found[max(found)] if found else None


def find_tags(root: HtmlElement) -> tuple[str, ...]:
    """The tags a page prints in a box named for them."""
    texts = (element_text(link).strip(" #,;") for link in select(root, _TAGS) if not is_category(link))
    return tuple(dict.fromkeys(text for text in texts if text))
