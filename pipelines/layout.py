"""Reading a page by the selectors of its family's layout."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lxml.html import HtmlElement

from pipelines.blocks import Block, Picture, is_hidden, read_blocks, read_figure
from pipelines.body import clear_body, related
from pipelines.bylines import is_attribution, is_labelled
from pipelines.container import blocks_of, inside
from pipelines.dates import FoundDate, parse_machine, parse_printed
from pipelines.fallback import restore_lost
from pipelines.html import element_text, select, select_first, text_length
from pipelines.metadata import Metadata
from pipelines.navigation import innermost
from pipelines.reading import Reading, settle_lead, without_title
from pipelines.rules import Layout, Rules
from pipelines.scripted import fill, find_literal
from pipelines.surroundings import after_title, find_title, read_surroundings, visible_date

_TAG_LABELS = ("Tags:", "Từ khóa:", "Từ khoá:")


def choose_layout(root: HtmlElement, rules: Rules) -> tuple[Layout, HtmlElement] | None:
    """The first layout whose container is on the page, with that container, filled if a script would fill it."""
    for layout in rules.layouts:
        container, _ = select_first(root, layout.container)
        markup = find_literal(root, layout.script) if container is not None else None
        if container is None or (layout.script and markup is None):
            continue
        if markup is not None and not element_text(container):
            fill(container, markup)
        return layout, container
    return None


def read_layout(
    root: HtmlElement, layout: Layout, container: HtmlElement, rules: Rules, metadata: Metadata, fetched: datetime
) -> Reading:
    """Read ``root`` by ``layout``; the tree is changed (furniture is dropped from it). A missing title is ``""``."""
    rungs = {"layout": layout.name}
    share = text_length(container) / max(text_length(root), 1)
    headings = _all(root, layout.title)
    heading = next((element for element in headings if element_text(element)), None)
    title = element_text(heading) if heading is not None else ""
    visible, printed = _published(root, layout, rungs)
    section = _section(root, layout, title, rungs)
    tags, bylines, sources = (_all(root, selectors) for selectors in (layout.tags, layout.byline, layout.source))
    signed = [*_lines(bylines), *map(_as_source, _lines(sources))]
    rungs |= ({"title": "selector"} if title else {}) | ({"authors": "selector"} if signed else {})
    leads = _all(root, layout.lead)
    outer = _outer_pictures(root, layout, container)
    _drop(container, _all(container, layout.drop))
    page = [] if layout.published else blocks_of(read_blocks(root))
    mine: list[Block] = []
    if page:
        if heading is None:
            title, heading, rungs["title"] = find_title(page, metadata)
        mine = [block for block in inside(container, page) if block.element is not heading]
        visible = visible_date(page, mine, heading, fetched)
    _drop(container, [*headings, *tags, *bylines, *sources, *printed])
    items = read_blocks(container, _all(container, layout.figure), _all(container, layout.caption))
    items, recovered = restore_lost(container, items)
    items = after_title(items, heading, visible) if page else items
    reading = Reading(
        title=title,
        body=clear_body(without_title(outer + items, title), title),
        visible=visible,
        section=section,
        tags=_tag_texts(tags, rules.house_tags),
        rungs=rungs | {"text": "walk+trafilatura" if recovered else "walk"},
        container_share=share,
        quality=["restored-paragraphs"] if recovered else [],
        container=container,
    )
    reading.signatures = list(dict.fromkeys([*signed, *reading.body.signatures]))
    if page:
        read_surroundings(reading, page, mine, mine, heading, metadata)
    _take_lead(reading, leads)
    settle_lead(reading, rules.lead_in_body)
    return reading


def _lines(elements: list[HtmlElement]) -> list[str]:
    return [line for element in elements if (line := element_text(element))]


def _as_source(line: str) -> str:
    return line if is_labelled(line) or is_attribution(line) else f"Nguồn: {line}"


def _all(root: HtmlElement, selectors: tuple[str, ...]) -> list[HtmlElement]:
    """What any of ``selectors`` finds, selectors in order, each element once."""
    found = (element for selector in selectors for element in select(root, selector))
    return list(dict.fromkeys(found))


def _published(root: HtmlElement, layout: Layout, rungs: dict[str, str]) -> tuple[FoundDate | None, list[HtmlElement]]:
    for selector in layout.published:
        for element in select(root, selector):
            if found := _time_in(element):
                rungs["published"] = selector
                return found, [element]
    return None, []


def _time_in(element: HtmlElement) -> FoundDate | None:
    """What ``element`` prints, or its ``datetime`` where it prints less than that says ("3 giờ trước")."""
    printed = parse_printed(element_text(element)[:200])
    if printed and printed.precision == "minute":
        return printed
    declared = parse_machine(element.get("datetime") or "")
    return declared if declared and (not printed or declared.precision == "minute") else printed


def _section(root: HtmlElement, layout: Layout, title: str, rungs: dict[str, str]) -> str | None:
    for selector in layout.section:
        if section := innermost(select(root, selector), title):
            rungs["section"] = selector
            return section
    return None


def _tag_texts(elements: list[HtmlElement], house_tags: tuple[str, ...]) -> tuple[str, ...]:
    texts = [text for line in _lines(elements) if (text := line.strip(" #,;")) and text not in _TAG_LABELS]
    while texts and texts[-1] in house_tags:
        texts.pop()
    return tuple(dict.fromkeys(texts))


def _drop(container: HtmlElement, elements: Iterable[HtmlElement]) -> None:
    inside = set(container.iter())
    for element in elements:
        if element is not container and element in inside and element.getparent() is not None:
            element.drop_tree()


def _outer_pictures(root: HtmlElement, layout: Layout, container: HtmlElement) -> list[Block | Picture]:
    """The pictures of figures that stand outside the container (a lead photograph)."""
    inside = set(container.iter())
    figures = [element for element in _all(root, layout.figure) if element not in inside and not is_hidden(element)]
    captions = frozenset(_all(root, layout.caption)) if figures else frozenset()
    return [picture for figure in figures for picture in read_figure(figure, captions)]


def _take_lead(reading: Reading, elements: list[HtmlElement]) -> None:
    """Take the lead from the first of ``elements`` that stands at the head of the article, out of the body if there."""
    blocks = reading.body.blocks
    for element in elements:
        within = set(element.iter())
        mine = [i for i, block in enumerate(blocks) if block.element in within]
        text = " ".join(blocks[i].text for i in mine) if mine else element_text(element)
        if not text or (mine and not all(related(block.text, text) for block in blocks[: mine[0]])):
            continue
        reading.lead = text
        reading.rungs["lead"] = "selector"
        reading.body.blocks = [block for i, block in enumerate(blocks) if i not in mine]
        return
