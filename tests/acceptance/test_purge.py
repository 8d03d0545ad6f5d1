"""A page that is taken down is gone from every file and not asked for again, whatever kills the purge."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import pytest

from archive.access import PurgeList
from archive.claims import door
from archive.corpus import sealed_connection
from archive.layout import DataFolder
from archive.purge.steps import finish_interrupted
from archive.verify import verify
from scrapers.registry import EXTRACTOR
from tests.acceptance.killing import KILLED, Killer, Strike, assert_sound, understood
from tests.archive.purging import holders
from tests.conftest import read_rows
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site
from tests.replica.sites.portal import Portal

NAME = "Nông Văn Thử"
CANARY = f"Ông {NAME}, số nhà 17, xóm Nà Cáy, là người đứng tên trong đơn."
# A delete in an archive of two runs makes some 125 calls that change files.
CALLS = 110


@dataclass(frozen=True)
class Scene:
    """An archive of two runs of a portal, one of whose articles holds the canary, and the server behind it."""

    killer: Killer
    server: ReplicaServer
    data: Path
    url: str
    site: Portal

    def copy(self, target: Path) -> Path:
        return Path(shutil.copytree(self.data, target / "data"))

    def purge(
        self, data: Path, strike: Strike | None = None, level: str = "delete", options: Sequence[str] = ()
    ) -> tuple[int, str, list[str]]:
        command = ["baotinh", "purge", self.url, "--reason", "Theo yêu cầu.", "--level", level, "--yes", *options]
        done = self.killer.run(command, data, strike or Strike("count"))
        return done.code, done.output, done.calls


@contextmanager
def _scene(place: Path, everywhere: bool) -> Iterator[Scene]:
    """The canary is in the body of an article, and ``everywhere`` says that it is in title and lead, too."""
    site = build_site("hdnd_caobang", count=6)
    story = site.stories[2]
    told = replace(story, paragraphs=(*story.paragraphs, CANARY))
    told = replace(told, title=f"{NAME} làm đơn", lead=CANARY) if everywhere else told
    site.publish([told if one is story else one for one in site.stories])
    (url,) = [url for url, one in site.articles().items() if CANARY in one.paragraphs]
    (place / "killer").mkdir()
    with ReplicaServer([site]) as server, Killer(place / "killer", server) as killer:
        for _ in range(2):
            done = killer.crawl(place / "data")
            assert done.code == 0, done.output
        assert len(understood(place / "data")) == 6
        assert len(holders(place / "data", NAME)) >= 2, "it must be found where it is"
        yield Scene(killer, server, place / "data", url, site)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with _scene(tmp_path_factory.mktemp("purge"), everywhere=False) as scene:
        yield scene


def assert_gone(data: Path, url: str) -> None:
    """No file holds the page, and what is left proves itself."""
    assert holders(data, NAME) == []
    assert_sound(data)
    assert len(understood(data)) == 5
    assert not any(row["url"] == url for row in read_rows(data, "captures"))
    assert not (data / "state" / "purge").exists()


def test_a_deleted_page_is_gone_and_is_not_asked_for_again(scene: Scene, tmp_path: Path) -> None:
    data = scene.copy(tmp_path)
    code, output, calls = scene.purge(data)
    assert code == 0, output
    assert len(calls) >= CALLS
    assert_gone(data, scene.url)
    asked = scene.server.counts.total()
    path = scene.url.partition("://")[2].partition("/")[2]
    before = sum(count for target, count in scene.server.counts.items() if path in target)
    again = scene.killer.crawl(data)
    assert again.code == 0, again.output
    assert scene.server.counts.total() > asked
    assert sum(count for target, count in scene.server.counts.items() if path in target) == before > 0
    assert_gone(data, scene.url)


def test_title_and_lead_go_with_the_listings(tmp_path: Path) -> None:
    """Every capture of a listing that prints them goes; the listings are crawled again, the article is not."""
    with _scene(tmp_path, everywhere=True) as scene:
        data = scene.data
        code, output, _ = scene.purge(data, options=["--with-listings", "--json"])
        assert code == 0, output
        plan = json.loads(output)["plan"]
        assert plan["linked_from"] == []
        assert holders(data, NAME) == []
        assert_sound(data)
        gone = set(plan["listings"]["urls"])
        assert gone
        assert not any(row["url"] in gone for row in read_rows(data, "captures"))
        # The desk has taken the name out; the article is still linked.
        edited = [replace(one, title="Đơn thư", lead="Một lá đơn.") for one in scene.site.stories if one.lead == CANARY]
        scene.site.publish([*edited, *(one for one in scene.site.stories if one.lead != CANARY)])
        again = scene.killer.crawl(data)
        assert again.code == 0, again.output
        crawled = {row["url"] for row in read_rows(data, "captures")}
        assert crawled >= gone
        assert not crawled & set(plan["urls"])
        assert holders(data, NAME) == []
        assert_sound(data)


@pytest.mark.parametrize("at", [30, 70])
def test_the_next_crawl_finishes_a_killed_purge(scene: Scene, tmp_path: Path, at: int) -> None:
    data = scene.copy(tmp_path)
    assert scene.purge(data, Strike("before", at))[0] == KILLED
    done = scene.killer.crawl(data)
    assert done.code == 0, done.output
    assert_gone(data, scene.url)


def test_a_rebuild_does_not_bring_it_back(scene: Scene, tmp_path: Path) -> None:
    data = scene.copy(tmp_path)
    assert scene.purge(data)[0] == 0
    before = understood(data)
    done = scene.killer.run(["baotinh", "rebuild"], data)
    assert done.code == 0, done.output
    assert understood(data) == before
    assert_gone(data, scene.url)


def test_a_hidden_page_comes_back(scene: Scene, tmp_path: Path) -> None:
    data = scene.copy(tmp_path)
    assert scene.purge(data, level="hide")[0] == 0
    shown = scene.killer.run(["baotinh", "show", scene.url], data)
    assert shown.code == 2
    assert "was taken down" in shown.output
    assert scene.killer.run(["baotinh", "purge", scene.url, "--undo"], data).code == 0
    shown = scene.killer.run(["baotinh", "show", scene.url], data)
    assert shown.code == 0
    assert NAME in shown.output


def _struck(scene: Scene, strike: Strike, data: Path, options: Sequence[str] = ()) -> None:
    """Strike a purge, then have the next one finish it."""
    code, output, calls = scene.purge(data, strike, options=options)
    if strike.mode in ("before", "half"):
        # Compressed files are a few bytes longer or shorter each time, and so now and then take a call less.
        assert code == KILLED or (code == 0 and len(calls) < strike.at), output
    else:
        assert code in (0, 3), output
        assert "Traceback" not in output
    _assert_hidden_or_untouched(data, scene.url)
    code, output, _ = scene.purge(data, options=options)
    # Struck at the very end there is nothing left to do.
    assert code in (0, 4), output
    assert_gone(data, scene.url)
    lines = (data / "state" / "purges.jsonl").read_text().splitlines()
    # A line that was cut short stays, and is passed over.
    entries = [json.loads(line) for line in lines if line.endswith("}")]
    done = [entry["id"] for entry in entries if entry["event"] == "done"]
    assert len(done) == len(set(done))
    assert all(purge.done for purge in PurgeList.load(DataFolder(data)).purges)


def _assert_hidden_or_untouched(data: Path, url: str) -> None:
    """From the moment that a purge is noted, readers do not see the page."""
    folder = DataFolder(data)
    if PurgeList.load(folder).purges:
        with sealed_connection(folder) as database:
            assert database.execute("SELECT * FROM articles WHERE url = ?", [url]).fetchall() == []


@pytest.mark.parametrize("at", [1, 9, 20, 45, 60, 83, 98, 107])
def test_a_killed_purge(scene: Scene, at: int, tmp_path: Path) -> None:
    _struck(scene, Strike("before" if at % 2 else "half", at), scene.copy(tmp_path))


@pytest.mark.parametrize("strike", [Strike("full", 12), Strike("eio", 30), Strike("full", 105)], ids=str)
def test_a_disk_that_fails(scene: Scene, strike: Strike, tmp_path: Path) -> None:
    _struck(scene, strike, scene.copy(tmp_path))


_OFTEN = [Strike("half", 28), Strike("full", 34)]
_SELDOM = [Strike("before", 16), Strike("before", 60), Strike("half", 78)]


@pytest.mark.parametrize(
    "strike", [*_OFTEN, *(pytest.param(strike, marks=pytest.mark.long) for strike in _SELDOM)], ids=str
)
def test_a_killed_unlist(scene: Scene, strike: Strike, tmp_path: Path) -> None:
    """Records stay, rows and lines go; the next start of a crawl finishes it."""
    data = scene.copy(tmp_path)
    code, output, _ = scene.purge(data, strike, level="unlist")
    assert code == (3 if strike.mode == "full" else KILLED), output
    _assert_hidden_or_untouched(data, scene.url)
    again = scene.killer.crawl(data)
    assert again.code == 0, again.output
    assert_sound(data)
    assert verify(DataFolder(data), EXTRACTOR, jobs=1).counts["unlisted"] == 1
    assert not any(row["url"] == scene.url for row in read_rows(data, "captures"))
    assert {name.partition("/")[0] for name in holders(data, NAME)} == {"warc"}


def _strikes(calls: list[str]) -> list[Strike]:
    """Where to strike so that every state of the disk between two calls is met once; the test says what is left out."""
    kills: list[Strike] = []
    fails: list[Strike] = []
    made: set[str] = set()
    for (call, path), same in groupby(enumerate(calls, 1), key=lambda one: tuple(one[1].split(" ", 2)[1:])):
        numbers = [number for number, _ in same]
        if call in ("write", "pwrite", "pwrite64"):
            kills += [Strike("half", at) for at in sorted({numbers[0], numbers[len(numbers) // 2], numbers[-1]})]
            fails.append(Strike("full", numbers[0]))
        elif call in ("fsync", "fdatasync"):
            fails.append(Strike("eio", numbers[0]))
        elif call != "mkdir" or path not in made:
            kills += [Strike("before", at) for at in numbers]
            made.add(path)
    return kills + fails[::3]


@pytest.mark.long
@pytest.mark.parametrize("share", range(4))
def test_a_purge_killed_everywhere(scene: Scene, share: int, tmp_path: Path) -> None:
    """A purge with its listings is killed in the middle of writes and before each other call, or its disk fails.

    Sampled are writes of the same file in a row, of a WARC or a Parquet file: the first, the middle and the last are
    struck. Left out are calls that change nothing that a killed process leaves: syncs, and folders made again. A disk
    that is full or that refuses to sync is tried at every third place.
    """
    options = ("--with-listings",)
    strikes = _strikes(scene.purge(scene.copy(tmp_path / "count"), options=options)[2])
    assert {strike.mode for strike in strikes} == {"half", "before", "full", "eio"}
    for strike in strikes[share::4]:
        _struck(scene, strike, scene.copy(tmp_path / str(strike)), options)
        shutil.rmtree(tmp_path / str(strike))


@pytest.mark.parametrize("at", [20, 45, 55])
def test_a_start_finishes_a_killed_purge(scene: Scene, at: int, tmp_path: Path) -> None:
    data = scene.copy(tmp_path)
    assert scene.purge(data, Strike("before", at))[0] == KILLED
    with door(DataFolder(data)):
        assert finish_interrupted(DataFolder(data), EXTRACTOR) is not None
    assert_gone(data, scene.url)
