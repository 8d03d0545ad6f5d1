"""Killed at any call that changes a file, and on a disk that fails: nothing committed is lost, nothing is doubled."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.killing import (
    KILLED,
    PORTAL,
    Killer,
    Mode,
    Strike,
    Struck,
    assert_sound,
    captured,
    understood,
    whole_records,
)
from tests.conftest import ROOT, read_rows
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site

# SQLite's own calls are many and alike: of its databases every third is struck, of all else each.
_DATABASE = re.compile(r"\.sqlite3(?:-\w+)?$")


@dataclass(frozen=True)
class Undisturbed:
    """A crawl of six articles that nothing struck; and, by number, the calls to strike in it and in one after it."""

    data: Path
    points: list[int]
    points_again: list[int]


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    with (
        ReplicaServer([build_site("hdnd_caobang", count=6)]) as server,
        Killer(tmp_path_factory.mktemp("killer"), server) as killer,
    ):
        yield killer


@pytest.fixture(scope="module")
def undisturbed(killer: Killer, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    data, copy = tmp_path_factory.mktemp("undisturbed"), tmp_path_factory.mktemp("again") / "data"
    done = killer.crawl(data)
    assert done.code == 0, done.output
    assert len(understood(data)) == 6
    shutil.copytree(data, copy)
    again = killer.crawl(copy)
    assert again.code == 0, again.output
    return Undisturbed(data, _points(done), _points(again))


def _points(done: Struck) -> list[int]:
    numbered = list(enumerate(done.calls, start=1))
    return [number for number, call in numbered if number % 3 == 0 or not _DATABASE.search(call)]


def _chain(number: int, undisturbed: Undisturbed) -> list[Strike]:
    """Two kills of one archive: at the point ``number`` of a first crawl, and somewhere in the restart."""
    modes: tuple[Mode, Mode] = ("before", "half") if number % 4 < 2 else ("half", "before")
    again = undisturbed.points_again[number * 7 % len(undisturbed.points_again)]
    return [Strike(modes[0], undisturbed.points[number]), Strike(modes[1], again)]


def _survive(killer: Killer, chain: list[Strike], data: Path, undisturbed: Undisturbed) -> int:
    """Crawl into ``data`` as often as ``chain`` strikes, and once more in peace; give how many runs were killed."""
    kills = 0
    for strike in chain:
        before = whole_records(data)
        struck = killer.crawl(data, strike)
        # A run now and then makes some calls less: it was over by then.
        assert struck.code == (KILLED if len(struck.calls) == strike.at else 0), f"{strike}: {struck.output}"
        kills += struck.code == KILLED
        assert before <= whole_records(data), f"{strike}: records were lost"
    before = whole_records(data)
    done = killer.crawl(data)
    assert done.code == 0, done.output
    assert before <= whole_records(data), "records were lost"
    assert_sound(data)
    assert understood(data) == understood(undisturbed.data)
    assert captured(data) == captured(undisturbed.data)
    return kills


@pytest.mark.parametrize("part", [*(pytest.param(at, marks=pytest.mark.long) for at in (0.3, 0.6)), 0.45, 0.9])
def test_a_killed_crawl(killer: Killer, undisturbed: Undisturbed, part: float, tmp_path: Path) -> None:
    assert _survive(killer, _chain(int(part * len(undisturbed.points)), undisturbed), tmp_path, undisturbed) == 2


@pytest.mark.long
@pytest.mark.parametrize("first", range(8))
def test_a_crawl_killed_everywhere(killer: Killer, undisturbed: Undisturbed, first: int, tmp_path: Path) -> None:
    """Every second point of a first crawl, and as many of the restarts: 200 kills at least in all."""
    chains = range(2 * first, len(undisturbed.points), 16)
    kills = 0
    for number in chains:
        data = tmp_path / str(number)
        data.mkdir()
        kills += _survive(killer, _chain(number, undisturbed), data, undisturbed)
        shutil.rmtree(data)
    assert kills >= max(25, 2 * len(chains) - 3)


def _survive_import(killer: Killer, strike: Strike, data: Path, undisturbed: Undisturbed) -> None:
    """An import that was killed is finished by the crawl that comes next, whose pages are then unchanged ones."""
    (source,) = (undisturbed.data / "warc").glob("*.warc.gz")
    struck = killer.run(["baotinh", "import", str(source)], data, strike)
    assert struck.code == KILLED, struck.output
    arrived = list((data / "warc").glob("import-*.warc.gz"))
    done = killer.crawl(data)
    assert done.code == 0, done.output
    assert_sound(data)
    assert understood(data) == understood(undisturbed.data)
    imported = [row for row in read_rows(data, "captures") if row["run_id"].startswith("import-")]
    assert {row["warc_filename"] for row in imported} == {path.name for path in arrived}
    again = killer.run(["baotinh", "import", str(source)], data)
    assert again.code == 0, again.output
    assert ("known" if arrived else "imported") in again.output
    assert understood(data) == understood(undisturbed.data)
    assert_sound(data)


@pytest.mark.parametrize("at", [*(pytest.param(at, marks=pytest.mark.long) for at in (9, 110)), 60])
def test_a_killed_import_and_then_a_crawl(killer: Killer, undisturbed: Undisturbed, at: int, tmp_path: Path) -> None:
    _survive_import(killer, Strike("before", at), tmp_path, undisturbed)


@pytest.mark.long
def test_an_import_killed_everywhere_and_then_a_crawl(killer: Killer, undisturbed: Undisturbed, tmp_path: Path) -> None:
    (source,) = (undisturbed.data / "warc").glob("*.warc.gz")
    calls = killer.run(["baotinh", "import", str(source)], tmp_path / "count").calls
    assert len(calls) > 120
    for at in range(1, len(calls), 5):
        data = tmp_path / str(at)
        data.mkdir()
        _survive_import(killer, Strike("half" if at % 2 else "before", at), data, undisturbed)
        shutil.rmtree(data)


# What the kernel's error is called, and what SQLite makes of it.
_REFUSED = re.compile("Input/output error|disk I/O error")
_TAKES_SPACE = re.compile(r"\d+ (write|pwrite|link|mkdir) ")


def _fail(killer: Killer, strike: Strike, data: Path, undisturbed: Undisturbed) -> None:
    """A crawl on a failing disk says so and loses nothing; the next one goes on."""
    struck = killer.crawl(data, strike)
    assert "Traceback" not in struck.output, struck.output
    # The log is nothing that a harvest would fail for, and a full disk refuses nothing but what takes space.
    later = struck.calls[strike.at - 1 :]
    refused = [call for call in later if _TAKES_SPACE.match(call) and " logs/" not in call]
    if strike.mode == "full" and refused:
        assert struck.code == 3, struck.output
        assert "No space left on device" in struck.output
        assert "space" in struck.output
    else:
        assert struck.code in (0, 3), struck.output
        assert struck.code == 0 or _REFUSED.search(struck.output)
    before = whole_records(data)
    done = killer.crawl(data)
    assert done.code == 0, done.output
    assert before <= whole_records(data)
    assert_sound(data)
    assert understood(data) == understood(undisturbed.data)
    assert captured(data) == captured(undisturbed.data)


@pytest.mark.parametrize("strike", [Strike("full", 98), Strike("eio", 70)], ids=str)
def test_a_disk_that_fails(killer: Killer, undisturbed: Undisturbed, strike: Strike, tmp_path: Path) -> None:
    _fail(killer, strike, tmp_path, undisturbed)


@pytest.mark.long
@pytest.mark.parametrize("mode", ["full", "eio"])
@pytest.mark.parametrize("first", [0, 9])
def test_a_disk_that_fails_everywhere(
    killer: Killer, undisturbed: Undisturbed, mode: Mode, first: int, tmp_path: Path
) -> None:
    """A disk that is full from one of some 26 points on, and one that fails at one of as many."""
    for at in undisturbed.points[first::18]:
        data = tmp_path / str(at)
        data.mkdir()
        _fail(killer, Strike(mode, at), data, undisturbed)
        shutil.rmtree(data)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 800 KB."""
    place = tmp_path / "small"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", "size=800k", "tmpfs", str(place)]
    if (
        shutil.which("mount") is None
        or subprocess.run(["mount", *options], capture_output=True, check=False).returncode
    ):
        pytest.skip("file systems may not be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.long
def test_a_disk_that_is_really_full(killer: Killer, undisturbed: Undisturbed, small_disk: Path) -> None:
    data = small_disk / "data"
    ballast = small_disk / "ballast"
    for kilobytes in (700, 560, 480):
        ballast.write_bytes(bytes(kilobytes * 1024))
        done = killer.crawl(data)
        assert done.code == 3, done.output
        assert "No space left on device" in done.output
        assert "Traceback" not in done.output
    before = whole_records(data)
    assert before
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=16g", str(small_disk)], check=True)
    done = killer.crawl(data)
    assert done.code == 0, done.output
    assert before <= whole_records(data)
    assert_sound(data)
    assert understood(data) == understood(undisturbed.data)


@pytest.mark.long
@pytest.mark.parametrize("calls", ["fdatasync", "fsync", "rename"])
def test_a_kernel_that_refuses(killer: Killer, undisturbed: Undisturbed, calls: str, tmp_path: Path) -> None:
    """The same seen from the kernel's side: every such call of the process fails."""
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    data = tmp_path / "data"
    inject = ["-e", f"trace={calls}", "-e", f"inject={calls}:error=EIO"]
    scrapy = [Path(sys.executable).parent / "scrapy", "harvest", PORTAL, "-s", "DOWNLOAD_DELAY=0"]
    command = [str(part) for part in ("strace", "-f", "-o", tmp_path / "trace", *inject, *scrapy)]
    done = subprocess.run(
        command, cwd=ROOT, env=killer.environment(data), capture_output=True, text=True, timeout=300, check=False
    )
    if "ptrace" in done.stderr:
        pytest.skip("processes may not be traced here")
    assert done.returncode == 3, done.stderr
    assert _REFUSED.search(done.stderr)
    assert "Traceback" not in done.stderr
    assert killer.crawl(data).code == 0
    assert_sound(data)
    assert understood(data) == understood(undisturbed.data)
