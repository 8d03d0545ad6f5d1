"""A guest's manners as the server sees them: its own clock says when each request came."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Headers

from archive.members import walk_members
from pipelines.capture.gate import retry_after
from tests.replica.server import ReplicaServer
from tests.replica.site import Answer, Fault, Request, Site
from tests.replica.wire import Sent, read_log
from tests.scrapers.visiting import Visit, visit

HOST = "cong.example.vn"
# A request may reach the server later than it was sent, and so be nearer to the next; by no more than this.
LATE = 0.03
_NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


class _Portal(Site):
    """Answers everything, and robots.txt as told."""

    host = HOST
    scheme = "http"

    def __init__(self, robots: str = "", headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__()
        self.robots = robots
        self.said = headers

    def route(self, request: Request) -> Answer | None:
        if request.path == "/robots.txt":
            return Answer(200, self.robots.encode(), "text/plain", self.said)
        return Answer(200, b"<html><body>tin</body></html>", headers=self.said)


class _Server:
    """The portal on loopback, and what it saw, in order."""

    def __init__(self, site: Site, log: Path) -> None:
        self.site, self.log = site, log

    def visit(self, paths: Sequence[str], data: Path, runs: int = 1, before: str = "", **settings: Any) -> Visit:
        urls = [f"http://{HOST}{path}" for path in paths]
        settings = {"DOWNLOAD_DELAY": 0, **settings}
        with ReplicaServer([self.site], log=self.log) as server:
            return visit(urls, data, connect_to=server.connect_to, settings=settings, runs=runs, before=before)

    @property
    def seen(self) -> list[Sent]:
        return sorted(read_log(self.log), key=lambda sent: sent.started)

    @property
    def spans(self) -> list[float]:
        """Seconds between the arrivals of two requests."""
        return [after.started - before.started for before, after in zip(self.seen, self.seen[1:], strict=False)]


def _notes(data: Path) -> list[dict[str, str]]:
    """The fields of each note in the archive."""
    return [
        dict(line.split(": ", 1) for line in record.block.decode().splitlines())
        for path in sorted((data / "warc").glob("*.warc.gz"))
        for _, _, record in walk_members(path)
        if record.type == "metadata"
    ]


@pytest.mark.parametrize(
    ("robots", "span"),
    [
        ("User-agent: *\nCrawl-delay: 0.5\n", 0.5),
        ("User-agent: *\nRequest-rate: 2/1s\n", 0.5),
        ("User-agent: *\nCrawl-delay: 5\nUser-agent: baotinh\nCrawl-delay: 0.3\nRequest-rate: 5/2\n", 0.4),
    ],
)
def test_robots_txt_sets_the_pace_from_the_second_request_on(tmp_path: Path, robots: str, span: float) -> None:
    server = _Server(_Portal(robots), tmp_path / "log")
    done = server.visit(["/1", "/2", "/3"], tmp_path, CONCURRENT_REQUESTS_PER_DOMAIN=8)
    assert list(done.came.values()) == [200] * 3
    assert len(server.seen) == 4
    assert min(server.spans) >= span - LATE
    (note,) = _notes(tmp_path)
    assert (note["robots-delay-asked"], note["robots-delay-kept"]) == (f"{span:g}", f"{span:g}")


def test_a_delay_beyond_reason_is_capped_and_counted(tmp_path: Path) -> None:
    server = _Server(_Portal("User-agent: *\nCrawl-delay: 86400\n"), tmp_path / "log")
    done = server.visit(["/1"], tmp_path, ARCHIVE_MAX_DELAY=0.3)
    assert server.spans[0] >= 0.3 - LATE
    assert done.counted("hosts/") == {"delay capped": 1}
    assert _notes(tmp_path)[0]["robots-delay-asked"] == "86400"


def test_the_operators_delay_is_kept_to(tmp_path: Path) -> None:
    server = _Server(_Portal("User-agent: *\nCrawl-delay: 0.1\n"), tmp_path / "log")
    server.visit(["/1", "/2", "/3"], tmp_path, DOWNLOAD_DELAY=0.4, ARCHIVE_LOAD=1)
    assert min(server.spans) >= 0.4 - LATE


def test_one_request_at_a_time_and_a_slow_server_is_asked_less(tmp_path: Path) -> None:
    site = _Portal()
    site.faults["/1"] = Fault(delay=0.4)
    server = _Server(site, tmp_path / "log")
    server.visit(["/1", "/2", "/3", "/4"], tmp_path, runs=2, DOWNLOAD_DELAY=0.05)
    assert len(server.seen) == 10
    for before, after in zip(server.seen, server.seen[1:], strict=False):
        assert before.ended <= after.started
    slow = [number for number, sent in enumerate(server.seen) if sent.target == "/1"]
    # It was busy for 0.4 s, and has as long for itself.
    assert min(server.spans[number] for number in slow) >= 0.8 - LATE


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("seconds", 429),
        ("date", 503),
        pytest.param("seconds", 503, marks=pytest.mark.long),
        pytest.param("date", 429, marks=pytest.mark.long),
    ],
)
def test_retry_after_holds_the_whole_host(tmp_path: Path, form: str, status: int) -> None:
    site = _Portal()
    said = "2" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=8), usegmt=True)
    site.faults["/2"] = Fault(status=status, headers=(("Retry-After", said),), times=1)
    server = _Server(site, tmp_path / "log")
    done = server.visit(["/1", "/2", "/3", "/4"], tmp_path, RETRY_TIMES=1, DOWNLOAD_DELAY=0.001)
    assert list(done.came.values()) == [200] * 4
    refused = next(number for number, sent in enumerate(server.seen) if sent.target == "/2")
    assert sorted(sent.target for sent in server.seen[refused + 1 :]) == ["/2", "/3", "/4"]
    if form == "seconds":
        assert server.spans[refused] >= 2
    else:
        assert (
            server.seen[refused + 1].wall
            >= datetime.strptime(said, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC).timestamp()
        )
    assert done.counted("hosts/") == {"held": 1, "asked again": 1}
    assert done.counted("retry/") == {}


def test_without_retry_after_the_wait_doubles_and_then_the_host_is_parked(tmp_path: Path) -> None:
    site = _Portal()
    site.faults["/1"] = Fault(status=503)
    server = _Server(site, tmp_path / "log")
    back_off: dict[str, Any] = {"ARCHIVE_BACK_OFF": 0.3, "ARCHIVE_PATIENCE": 3, "RETRY_TIMES": 2}
    done = server.visit(["/1"], tmp_path, **back_off)
    assert [sent.target for sent in server.seen] == ["/robots.txt", "/1", "/1", "/1"]
    assert server.spans[1] >= 0.3
    assert server.spans[2] >= 0.6
    assert done.came == {f"http://{HOST}/1": 503}
    assert done.counted("hosts/") == {"held": 2, "asked again": 2, "parkings": 1}


def test_a_parked_host_is_left_alone_in_this_run_and_the_next(tmp_path: Path) -> None:
    site = _Portal()
    site.faults = {"/robots.txt": Fault(), "*": Fault(status=429, headers=(("Retry-After", "3600"),), times=1)}
    server = _Server(site, tmp_path / "log")
    paths = [f"/{number}" for number in range(1, 40)]
    done = server.visit(paths, tmp_path, DOWNLOAD_DELAY=1, ARCHIVE_LOAD=1)
    # Even what Scrapy had queued by then was not sent, nor spaced as if it were.
    assert done.stats[0]["elapsed_time_seconds"] < 20
    assert len(server.seen) == 2
    assert sorted(map(str, done.came.values())) == ["429"] + ["parked"] * 38
    assert done.counted("hosts/") == {"parkings": 1, "parked": 38}
    (kept,) = (tmp_path / "state" / "hosts").iterdir()
    until = datetime.fromisoformat(json.loads(kept.read_text())["parked_until"])
    assert timedelta(minutes=58) < until - datetime.now(UTC) <= timedelta(hours=1)

    again = server.visit(["/5"], tmp_path)
    assert again.came == {f"http://{HOST}/5": "parked"}
    assert len(server.seen) == 2
    kept.write_text(json.dumps({"parked_until": datetime.now(UTC).isoformat()}))
    assert server.visit(["/5"], tmp_path).came == {f"http://{HOST}/5": 200}
    # Nobody is parked for a year: a clock was wrong.
    later = (datetime.now(UTC) + timedelta(days=365)).isoformat()
    for text in ("{", json.dumps({"parked_until": later}), json.dumps({"parked_until": later.partition("+")[0]})):
        kept.write_text(text)
        assert server.visit(["/5"], tmp_path).came == {f"http://{HOST}/5": 200}


_STOPPED = """
import asyncio, os, signal
from pipelines.capture.gate import Gate
answered = Gate.answered
def stop(self, *arguments):
    answered(self, *arguments)
    asyncio.get_running_loop().call_later(1, os.kill, os.getpid(), signal.SIGTERM)
Gate.answered = stop
"""


def test_who_waits_is_let_go_when_the_run_is_stopped(tmp_path: Path) -> None:
    server = _Server(_Portal("User-agent: *\nCrawl-delay: 90\n"), tmp_path / "log")
    done = server.visit([f"/{number}" for number in range(50)], tmp_path, before=_STOPPED, DOWNLOAD_DELAY=1)
    assert [sent.target for sent in server.seen] == ["/robots.txt"]
    assert set(done.came.values()) == {"run ended"}
    assert done.counted("hosts/") == {"run ended": len(done.came)}
    assert done.stats[0]["finish_reason"] == "shutdown"
    assert done.stats[0]["elapsed_time_seconds"] < 15


def test_four_requests_at_once_do_not_overtake_robots_txt(tmp_path: Path) -> None:
    site = _Portal("User-agent: *\nDisallow: /\n")
    site.faults["/robots.txt"] = Fault(delay=0.1)
    server = _Server(site, tmp_path / "log")
    done = server.visit(["/1", "/2", "/3", "/4"], tmp_path, runs=20, CONCURRENT_REQUESTS_PER_DOMAIN=16)
    assert [sent.target for sent in server.seen] == ["/robots.txt"] * 20
    assert [stats["robots/forbidden"] for stats in done.stats] == [4] * 20
    assert set(done.came.values()) == {"robots.txt"}
    assert [note["robots-decision"] for note in _notes(tmp_path)] == ["rules"] * 20


def test_what_is_said_about_text_and_data_mining_is_noted(tmp_path: Path) -> None:
    said = (("tdm-reservation", "1"), ("TDM-Policy", f"http://{HOST}/tdm.json"), ("Content-Usage", "train-ai=n"))
    robots = "Content-Signal: search=yes, ai-train=no\nUser-agent: *\nContent-Usage: train-ai=n\nDisallow: /x\n"
    server = _Server(_Portal(robots, said), tmp_path / "log")
    done = server.visit(["/1"], tmp_path)
    (note,) = _notes(tmp_path)
    assert note["tdm-reservation"] == "1"
    assert note["tdm-policy"] == f"http://{HOST}/tdm.json"
    assert note["content-signal"] == "search=yes, ai-train=no"
    assert note["content-usage"] == "train-ai=n"
    assert done.counted("tdm/") == {
        "tdm-reservation": 2, "tdm-policy": 2, "content-usage": 2,
        "robots/tdm-reservation": 1, "robots/tdm-policy": 1, "robots/content-usage": 2, "robots/content-signal": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": " 0 "}, 0),
        ({"Retry-After": "9" * 400}, 999_999_999),
        ({"Retry-After": "Sun, 22 Nov 2026 12:01:00 GMT"}, 60),
        ({"Retry-After": "Sunday, 22-Nov-26 12:01:00 GMT"}, 60),
        ({"Retry-After": "Sun Nov 22 12:01:00 2026"}, 60),
        ({"Retry-After": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0),
        # A server whose clock is a day ahead means a minute.
        ({"Retry-After": "Mon, 23 Nov 2026 12:01:00 GMT", "Date": "Mon, 23 Nov 2026 12:00:00 GMT"}, 60),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "mai"}, None),
        ({"Retry-After": "٣"}, None),
    ],
)
def test_forms_of_retry_after(fields: dict[str, str], seconds: float | None) -> None:
    assert retry_after(Headers(fields), _NOON) == seconds


@given(st.text(max_size=60))
def test_any_retry_after_is_read_or_not(text: str) -> None:
    seconds = retry_after(Headers({"Retry-After": text.encode("utf-8", "replace")}), _NOON)
    assert seconds is None or seconds >= 0
