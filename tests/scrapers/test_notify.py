"""Telling others how a harvest went: what they get, and that none of them can fail or hold up a harvest."""

from __future__ import annotations

import email
import email.policy
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from archive.errors import UsageError
from archive.layout import DataFolder
from archive.runs import RunReport, append_report
from scrapers import settings as ours
from scrapers.conclusion import conclude
from scrapers.harvest import CODES
from scrapers.notify import bounded, check_notifiers
from tests.scrapers.listeners import http_listener, smtp_listener


def report(portal: str = "hdnd_caobang", code: int = 0, problem: str | None = None, **fields: Any) -> RunReport:
    """The report of a run that ended just now."""
    return RunReport(
        "20261122000000-aaaaaa",
        portal,
        "2026-11-22T00:00:00+00:00",
        1.5,
        "finished",
        exit_code=code,
        problems=[problem] if problem else [],
        **fields,
    )


def settings(folder: Path, **values: Any) -> Settings:
    """The project's settings with ``values``, nobody told unless they say so."""
    made = Settings()
    made.setmodule(ours, priority="project")
    for name in ("PING_URL", "WEBHOOK_URL", "MAIL_TO", "TELEGRAM_TOKEN", "TELEGRAM_CHAT", "METRICS_FILE"):
        made.set(f"ARCHIVE_{name}", "", priority="cmdline")
    for name, value in {"ARCHIVE_DIR": str(folder), **values}.items():
        made.set(name, value, priority="cmdline")
    return made


@pytest.mark.parametrize(
    ("code", "codes", "path"),
    [(0, True, "/uuid"), (4, True, "/uuid/4"), (10, True, "/uuid/10"), (5, False, "/uuid/fail")],
)
def test_a_ping_says_how_it_ended(tmp_path: Path, code: int, codes: bool, path: str) -> None:
    with http_listener() as listener:
        told = settings(tmp_path, ARCHIVE_PING_URL=f"{listener.url}/uuid", ARCHIVE_PING_CODES=codes)
        assert conclude(told, [report(code=code, problem="section:/x lists no article")], code) == code
    assert listener.paths == [path]
    assert b"hdnd_caobang: section:/x lists no article" in listener.came[0][1]


def test_a_webhook_gets_the_figures(tmp_path: Path) -> None:
    with http_listener() as listener:
        told = settings(tmp_path, ARCHIVE_WEBHOOK_URL=f"{listener.url}/hook")
        conclude(told, [report(articles_new=3), report("baocaobang", 4, "drift", found=7)], 4)
    ((path, body),) = listener.came
    said = json.loads(body)
    assert (path, said["exit_code"], said["meaning"]) == ("/hook", 4, CODES[4])
    assert [(one["portal"], one["articles_new"], one["found"]) for one in said["portals"]] == [
        ("hdnd_caobang", 3, 0),
        ("baocaobang", 0, 7),
    ]
    assert said["portals"][1]["problems"] == ["drift"]


def test_a_mail_comes_only_when_something_is_wrong(tmp_path: Path) -> None:
    with smtp_listener() as listener:
        told = settings(
            tmp_path,
            ARCHIVE_MAIL_TO="archivist@example.org",
            ARCHIVE_MAIL_FROM="cron@example.org",
            ARCHIVE_SMTP_URL=f"smtp://127.0.0.1:{listener.port}",
        )
        conclude(told, [report()], 0)
        assert listener.came == []
        conclude(told, [report(code=5, problem="Báo không trả lời")], 5)
    ((sender, message),) = listener.came
    assert "<cron@example.org>" in sender
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    assert parsed["Subject"].strip().startswith(f"baotinh: {CODES[5]} (5)")
    assert "hdnd_caobang: Báo không trả lời" in parsed.get_content()


def test_a_telegram_message_is_plain_text(tmp_path: Path) -> None:
    with http_listener() as listener:
        told = settings(
            tmp_path,
            ARCHIVE_TELEGRAM_TOKEN="12:secret",
            ARCHIVE_TELEGRAM_CHAT="7",
            ARCHIVE_TELEGRAM_API=listener.url,
        )
        conclude(told, [report(code=4, problem="x" * 9000)], 4)
    ((path, body),) = listener.came
    assert path == "/bot12:secret/sendMessage"
    said = json.loads(body)
    assert said["chat_id"] == "7"
    assert len(said["text"]) == 4000
    assert "parse_mode" not in said


def test_metrics_of_every_portals_last_run(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    for one in (report("a", found=1), report('b"\\', 4, errors={"status 500": 2}), report("a", found=9)):
        append_report(folder, one)
    path = tmp_path / "textfile" / "baotinh.prom"
    conclude(settings(folder.path, ARCHIVE_METRICS_FILE=str(path)), [report("a")], 0)
    lines = path.read_text().splitlines()
    assert "baotinh_harvest_exit_code 0" in lines
    assert 'baotinh_run_found{portal="a"} 9' in lines
    assert 'baotinh_run_errors{portal="b\\"\\\\",kind="status 500"} 2' in lines
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    assert [path.name for path in path.parent.iterdir()] == ["baotinh.prom"]


def test_who_does_not_answer_holds_up_nothing_and_fails_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with http_listener() as slow, http_listener() as broken:
        slow.silent.set()
        broken.status = 500
        told = settings(
            tmp_path,
            ARCHIVE_PING_URL=f"{slow.url}/secret-uuid",
            ARCHIVE_WEBHOOK_URL=f"{broken.url}/secret-hook",
            ARCHIVE_MAIL_TO="a@example.org",
            ARCHIVE_SMTP_URL="smtp://127.0.0.1:1",
            ARCHIVE_METRICS_FILE=str(tmp_path / "file" / "in" / "it.prom"),
            ARCHIVE_NOTIFY_SECONDS=0.5,
        )
        (tmp_path / "file").write_text("in the way")
        began = time.monotonic()
        with caplog.at_level(logging.WARNING):
            assert conclude(told, [report(code=5)], 5) == 5
        # Ours give up after half a second each; the library's own limit would be ten.
        assert time.monotonic() - began < 9
    said = "\n".join(record.getMessage() for record in caplog.records)
    for word in (
        "Ping failed: TimeoutError: no end within 0.5 s",
        "Webhook failed: ",
        "500",
        "Mail failed: ",
        "Metrics",
    ):
        assert word in said
    assert "secret" not in said


def test_a_task_that_does_not_end_is_left() -> None:
    with pytest.raises(TimeoutError):
        bounded(lambda: time.sleep(5), 0.05)
    with pytest.raises(ZeroDivisionError):
        bounded(lambda: [1 / 0], 5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "values",
    [
        {"ARCHIVE_PING_URL": "hc-ping.com/x"},
        {"ARCHIVE_WEBHOOK_URL": "file:///etc/passwd"},
        {"ARCHIVE_SMTP_URL": "http://mail"},
        {"ARCHIVE_PING_URL": "https://[::1"},
        {"ARCHIVE_TELEGRAM_TOKEN": "x"},
    ],
)
def test_settings_that_nobody_could_follow(tmp_path: Path, values: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=next(iter(values))):
        check_notifiers(settings(tmp_path, **values))
    check_notifiers(settings(tmp_path))
