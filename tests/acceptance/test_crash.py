"""Killed at any call that changes a file, and on a disk that fails: nothing committed is lost, nothing is doubled."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.killing import (
    KILLED,
    PORTAL,
    Killer,
    Mode,
    Strike,
    assert_sound,
    captured,
    understood,
    whole_records,
)
from tests.conftest import ROOT, read_rows
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site

# A crawl of six articles makes some 160 calls that change files, a second one into the same archive some 113.
CALLS = 155
RESTART_CALLS = 105


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    with (
        ReplicaServer([build_site("hdnd_caobang", count=6)]) as server,
        Killer(tmp_path_factory.mktemp("killer"), server) as killer,
    ):
        yield killer


@pytest.fixture(scope="module")
def undisturbed(killer: Killer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("undisturbed")
    done = killer.crawl(data)
    assert done.code == 0, done.output
    assert len(done.calls) >= CALLS
    assert len(understood(data)) == 6
    return data


def _chain(number: int) -> list[Strike]:
    """Kills of one archive: of a first crawl, of the restart, of the restart after that."""
    modes: tuple[Mode, Mode] = ("before", "half") if number % 4 < 2 else ("half", "before")
    places = (number, 1 + number * 7 % RESTART_CALLS, 1 + number * 11 % RESTART_CALLS)
    return [Strike(mode, at) for mode, at in zip(itertools.cycle(modes), places, strict=False)]


def _survive(killer: Killer, chain: list[Strike], data: Path, undisturbed: Path) -> None:
    for strike in chain:
        before = whole_records(data)
        struck = killer.crawl(data, strike)
        assert struck.code == KILLED, f"{strike}: {struck.output}"
        assert len(struck.calls) == strike.at
        assert before <= whole_records(data), f"{strike}: records were lost"
    before = whole_records(data)
    done = killer.crawl(data)
    assert done.code == 0, done.output
    assert before <= whole_records(data), "records were lost"
    assert_sound(data)
    assert understood(data) == understood(undisturbed)
    assert captured(data) == captured(undisturbed)


@pytest.mark.parametrize("number", [*(pytest.param(at, marks=pytest.mark.long) for at in (45, 96)), 87, 131])
def test_a_killed_crawl(killer: Killer, undisturbed: Path, number: int, tmp_path: Path) -> None:
    _survive(killer, _chain(number), tmp_path, undisturbed)


@pytest.mark.long
@pytest.mark.parametrize("first", range(1, 9))
def test_a_crawl_killed_everywhere(killer: Killer, undisturbed: Path, first: int, tmp_path: Path) -> None:
    """Every second call of a first crawl, and two of the restarts: 231 kills in all."""
    for number in range(2 * first - 1, CALLS, 16):
        data = tmp_path / str(number)
        data.mkdir()
        _survive(killer, _chain(number), data, undisturbed)
        shutil.rmtree(data)


# An import of such a crawl's file makes some 128 calls.
IMPORT_CALLS = 120


def _survive_import(killer: Killer, strike: Strike, data: Path, undisturbed: Path) -> None:
    """An import that was killed is finished by the crawl that comes next, whose pages are then unchanged ones."""
    (source,) = (undisturbed / "warc").glob("*.warc.gz")
    struck = killer.run(["baotinh", "import", str(source)], data, strike)
    assert struck.code == KILLED, struck.output
    arrived = list((data / "warc").glob("import-*.warc.gz"))
    done = killer.crawl(data)
    assert done.code == 0, done.output
    assert_sound(data)
    assert understood(data) == understood(undisturbed)
    imported = [row for row in read_rows(data, "captures") if row["run_id"].startswith("import-")]
    assert {row["warc_filename"] for row in imported} == {path.name for path in arrived}
    again = killer.run(["baotinh", "import", str(source)], data)
    assert again.code == 0, again.output
    assert ("known" if arrived else "imported") in again.output
    assert understood(data) == understood(undisturbed)
    assert_sound(data)


@pytest.mark.parametrize("at", [*(pytest.param(at, marks=pytest.mark.long) for at in (9, 110)), 60])
def test_a_killed_import_and_then_a_crawl(killer: Killer, undisturbed: Path, at: int, tmp_path: Path) -> None:
    _survive_import(killer, Strike("before", at), tmp_path, undisturbed)


@pytest.mark.long
def test_an_import_killed_everywhere_and_then_a_crawl(killer: Killer, undisturbed: Path, tmp_path: Path) -> None:
    for at in range(1, IMPORT_CALLS, 5):
        data = tmp_path / str(at)
        data.mkdir()
        _survive_import(killer, Strike("half" if at % 2 else "before", at), data, undisturbed)
        shutil.rmtree(data)


# What the kernel's error is called, and what SQLite makes of it.
_REFUSED = re.compile("Input/output error|disk I/O error")


def _fail(killer: Killer, strike: Strike, data: Path, undisturbed: Path) -> None:
    """A crawl on a failing disk says so and loses nothing; the next one goes on."""
    struck = killer.crawl(data, strike)
    assert "Traceback" not in struck.output, struck.output
    if strike.mode == "full":
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
    assert understood(data) == understood(undisturbed)
    assert captured(data) == captured(undisturbed)


@pytest.mark.parametrize("strike", [Strike("full", 98), Strike("eio", 70)], ids=str)
def test_a_disk_that_fails(killer: Killer, undisturbed: Path, strike: Strike, tmp_path: Path) -> None:
    _fail(killer, strike, tmp_path, undisturbed)


@pytest.mark.long
@pytest.mark.parametrize("mode", ["full", "eio"])
@pytest.mark.parametrize("first", [1, 7])
def test_a_disk_that_fails_everywhere(
    killer: Killer, undisturbed: Path, mode: Mode, first: int, tmp_path: Path
) -> None:
    """A disk that is full from one of 26 calls on, and one that fails at one of 26."""
    for at in range(first, CALLS, 12):
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
def test_a_disk_that_is_really_full(killer: Killer, undisturbed: Path, small_disk: Path) -> None:
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
    assert understood(data) == understood(undisturbed)


@pytest.mark.long
@pytest.mark.parametrize("calls", ["fdatasync", "fsync", "rename"])
def test_a_kernel_that_refuses(killer: Killer, undisturbed: Path, calls: str, tmp_path: Path) -> None:
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
    assert understood(data) == understood(undisturbed)
