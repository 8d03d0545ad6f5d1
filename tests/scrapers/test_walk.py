"""Runs that are cut off anywhere, while a portal publishes: later ones find every article and read no page in vain."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.layout import DataFolder
from archive.ledger import Ledger
from scrapers.delta import Delta
from scrapers.sources import Api, Section
from scrapers.walk import Jump, Listed, Walk

SIZE = 4
SOURCE = Section("/thoi-su")
OLD = 160


class _Portal:
    """A listing of articles, newest first, and the runs that read it; an article is found once it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger(DataFolder(folder), "baocaobang", lambda url: url)
        self.articles = list(range(OLD, 0, -1))
        self.found: set[int] = set()

    def publish(self, count: int) -> None:
        newest = self.articles[0]
        self.articles = [*range(newest + count, newest, -1), *self.articles]

    def run(self, most_pages: int = 10_000, most_articles: int = 10_000) -> int:
        """Read as a spider does, at most so many pages and about so many articles; how many pages were read."""
        walk, seen, page, read, asked = Walk(Delta(self.ledger)), set[int](), 1, 0, 0
        while read < most_pages:
            shown = self.articles[(page - 1) * SIZE : page * SIZE]
            read += 1
            is_full = asked >= most_articles
            listed = Listed(bool(set(shown) - self.found) and not is_full, bool(set(shown) - seen), over=False)
            asked += len(set(shown) - self.found)
            # What a full run shows is noted, and asked for by the next.
            self.found |= set(shown)
            seen |= set(shown)
            url = f"https://baocaobang.vn/thoi-su?page={page}"
            if is_full:
                walk.reached(SOURCE, page, url)
                break
            step = walk.after(SOURCE, page, listed)
            if isinstance(step, Jump):
                page = step.page
                continue
            if step == "end" or page * SIZE >= len(self.articles):
                walk.ended(SOURCE)
                break
            walk.reached(SOURCE, page, url)
            page += 1
            self.ledger.commit()
        self.ledger.commit()
        return read


# How many articles are new, and after how many pages or articles the run that follows is cut off.
bounds = st.tuples(st.integers(0, 30), st.integers(1, 8), st.sampled_from([0, 1, 2, 5, 9, 10_000]))


@given(first=st.lists(bounds, max_size=4), later=st.lists(bounds, max_size=5))
@settings(max_examples=300)
def test_nothing_is_missed_and_the_past_is_not_read_again(
    first: list[tuple[int, int, int]], later: list[tuple[int, int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        portal = _Portal(Path(folder))
        for published, pages, articles in first:
            portal.publish(published)
            portal.run(pages, articles)
        portal.run()
        assert portal.found == set(portal.articles)
        new = 0
        for published, pages, articles in later:
            portal.publish(published)
            new += published
            portal.run(pages, articles)
        last = portal.run()
        assert portal.found == set(portal.articles)
        # Every page with something new, at most once more what was read before, and a few to see that it ends.
        assert last <= 3 * (new // SIZE + len(later) + 2)
        assert portal.run() == 1
        portal.ledger.close()


def test_a_resumed_backfill_does_not_begin_again(tmp_path: Path) -> None:
    portal = _Portal(tmp_path)
    assert portal.run(30) == 30
    assert portal.run() == 12
    assert portal.found == set(portal.articles)
    portal.ledger.close()


def test_the_next_run_goes_down_again_where_one_was_cut_off_above_what_is_known(tmp_path: Path) -> None:
    portal = _Portal(tmp_path)
    portal.run()
    for published in (10, 8):
        portal.publish(published)
        portal.run(1)
    portal.run()
    assert portal.found == set(portal.articles)
    portal.ledger.close()


def test_a_section_leads_on_to_its_api_until_that_was_read(tmp_path: Path) -> None:
    ledger = Ledger(DataFolder(tmp_path), "baocaobang", lambda url: url)
    api = Api("/api/thoi-su?page={page}", of=SOURCE.label)
    new, old = Listed(fresh=True, unseen=True, over=False), Listed(fresh=False, unseen=True, over=False)

    def walk() -> Walk:
        ledger.commit()
        return Walk(Delta(ledger))

    def section_leads_on(run: Walk, listed: Listed) -> Walk:
        assert run.after(SOURCE, 1, listed) == "on"
        run.ended(SOURCE)
        run.reached(api, 0, "https://baocaobang.vn/thoi-su")
        return run

    section_leads_on(walk(), new)
    assert not walk().is_read(SOURCE)
    section_leads_on(walk(), old).ended(api)
    assert walk().is_read(SOURCE)
    assert walk().after(SOURCE, 1, old) == "end"
    # Cut off before the API's first page came, when it had been read to its end before.
    section_leads_on(walk(), new)
    assert not walk().is_read(SOURCE)
    resumed = section_leads_on(walk(), old)
    assert resumed.after(api, 1, old) == "on"
    assert resumed.after(api, 3, old) == "end"
    ledger.close()
