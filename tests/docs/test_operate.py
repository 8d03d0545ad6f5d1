"""The pages for the archivist say what is so: their commands run, deploy/ is what they show, every code there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from archive.runtable import markdown_columns
from scrapers import settings
from scrapers.harvest import CODES
from tests.conftest import ROOT, read_rows, read_runs
from tests.replica.server import ReplicaServer
from tests.replica.sites import build_site

OPERATE = (ROOT / "docs" / "operate.md").read_text()
REPORTS = (ROOT / "docs" / "reports.md").read_text()
DEPLOY = ROOT / "deploy"
CRON = shutil.which("cron", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
UNSHARE = shutil.which("unshare")
ANALYZE = shutil.which("systemd-analyze")
PORTALS = ("baocaobang", "baolangson")
LOGROTATE = shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def blocks(language: str, page: str) -> list[str]:
    """The code blocks of ``language``, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.M | re.S)


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """The environment of an archivist whose network ends at two replica portals."""
    with ReplicaServer([build_site(name, count=40) for name in PORTALS]) as server:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ARCHIVE_")}
        quick = {"PYTHONPATH": str(ROOT), "SCRAPY_SETTINGS_MODULE": "tests.docs.quick_settings"}
        path = f"{Path(sys.executable).parent}:{kept['PATH']}"
        yield {**kept, **quick, "PATH": path, "ARCHIVE_CONNECT_TO": server.connect_to}


@pytest.fixture(scope="module")
def desk(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as an archivist has it: data of their own and the virtual environment in their places."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "scrapy.cfg").symlink_to(ROOT / "scrapy.cfg")
    first = ["scrapy", "harvest", *PORTALS]
    done = subprocess.run(first, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 4), done.stderr
    return folder


@pytest.mark.parametrize("page", [OPERATE, REPORTS], ids=["operate", "reports"])
def test_every_command_runs(page: str, desk: Path, environment: dict[str, str]) -> None:
    ran = 0
    for block in blocks("sh", page):
        for line in block.splitlines():
            command = line.replace("/mnt/backup", f"{desk}/backup").replace("/srv/restored", f"{desk}/restored")
            script = f'export ARCHIVE_CONTACT="archive@example.org"\n{command}'
            done = subprocess.run(
                ["bash", "-ec", script],
                cwd=desk,
                env=environment,
                capture_output=True,
                text=True,
                timeout=180,
                check=False,
            )
            # 4: the replicas of this test are small, some of their sections are empty.
            assert done.returncode in ((0, 4) if "scrapy" in line else (0,)), (line, done.stdout, done.stderr)
            ran += 1
    assert ran == page.count("\nbaotinh ") + page.count("\nscrapy ") + (7 if page is OPERATE else 0)
    # A backup that was restored has every row of its time.
    for table in ("articles", "captures") if page is OPERATE else ():
        ours, theirs = (len(read_rows(desk / where, table)) for where in ("data", "restored"))
        assert 0 < theirs <= ours


def test_the_question_to_the_table_of_runs(desk: Path) -> None:
    (question,) = blocks("sql", REPORTS)
    subprocess.run([Path(sys.executable).parent / "baotinh", "report"], cwd=desk, check=True, timeout=60)
    with duckdb.connect() as database:
        rows = database.execute(question.replace("data/", f"{desk}/data/")).fetchall()
    assert {row[0] for row in rows} >= {"baocaobang", "baolangson"}


def test_the_columns_are_those_there_are() -> None:
    assert markdown_columns() in REPORTS


def test_the_codes_are_those_there_are() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", OPERATE, re.M)
    assert {int(code) for code, _ in rows} == set(CODES)
    for code, said in rows:
        # The page says a little more than the program's one word.
        assert CODES[int(code)].split(",")[0].split()[-1] in said, (code, said)


def test_the_names_of_settings_are_those_there_are() -> None:
    named = set(re.findall(r"\bARCHIVE_\w+", OPERATE + REPORTS + (DEPLOY / "baotinh.env").read_text()))
    assert "ARCHIVE_PING_URL" in named
    assert {name for name in named if not hasattr(settings, name)} == set()


def test_the_crontab_is_what_the_pages_show() -> None:
    lines = (DEPLOY / "crontab").read_text().splitlines()
    jobs = [line for line in lines if re.match(r"[\d*]", line)]
    shown = [line for page in (OPERATE, (ROOT / "README.md").read_text()) for line in blocks("cron", page)]
    assert [block.strip() for block in shown] == [jobs[0]] * 2
    for job in jobs:
        assert re.fullmatch(r"(?:[\d*/,-]+ +){5} *cd /srv/baotinh && .*\.venv/bin/\w+ .+", job), job
        # Cron reads a percent sign as the end of the line.
        assert "%" not in job
    assert all(line.startswith("#") or "=" in line for line in lines if line and line not in jobs)


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_units_and_finds_them_closed(tmp_path: Path) -> None:
    for unit in ("baotinh.service", "baotinh.timer"):
        text = (DEPLOY / unit).read_text().replace("/srv/baotinh/.venv", sys.prefix).replace("/srv/baotinh", str(ROOT))
        (tmp_path / unit).write_text(text)
    units = [str(path) for path in tmp_path.iterdir()]
    done = subprocess.run([str(ANALYZE), "verify", *units], capture_output=True, text=True, timeout=60, check=False)
    said = [line for line in done.stderr.splitlines() if "baotinh" in line]
    assert (done.returncode, said) == (0, []), done.stderr
    closed = [str(ANALYZE), "security", "--offline=true", "--threshold=30", str(tmp_path / "baotinh.service")]
    done = subprocess.run(closed, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-300:]


def test_the_timer_comes_every_hour() -> None:
    timer = (DEPLOY / "baotinh.timer").read_text()
    assert {"Persistent=true", "RandomizedDelaySec=5min"} <= set(timer.splitlines())
    (when,) = re.findall(r"^OnCalendar=(.*)$", timer, re.M)
    assert when == "*-*-* *:15:00"
    if ANALYZE:
        subprocess.run([ANALYZE, "calendar", when], check=True, capture_output=True, timeout=60)


@pytest.mark.skipif(LOGROTATE is None, reason="logrotate is not installed")
def test_logrotate_takes_its_file(tmp_path: Path) -> None:
    text = (
        (DEPLOY / "logrotate").read_text().replace("/srv/baotinh/data", str(tmp_path)).replace("su baotinh baotinh", "")
    )
    (tmp_path / "logrotate").write_text(text)
    (tmp_path / "logrotate").chmod(0o644)
    command = [str(LOGROTATE), "-d", "-s", str(tmp_path / "status"), str(tmp_path / "logrotate")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert "error" not in done.stderr


def test_the_container_is_made_of_what_there_is() -> None:
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("FROM ")] == ["FROM python:3.13-slim"]
    for line in (line for line in lines if line.startswith("COPY ")):
        assert (ROOT / line.split()[1]).exists()
    (entry,) = (line for line in lines if line.startswith("ENTRYPOINT "))
    assert entry == 'ENTRYPOINT ["scrapy"]'


def test_every_link_leads_somewhere() -> None:
    for page in (OPERATE, REPORTS):
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page):
            assert (ROOT / "docs" / target).exists(), target


# Cron keeps its tables in fixed places: the test has these to itself, in a mount namespace.
_CRON = """
mount -t tmpfs none /var/spool && mkdir -p /var/spool/cron/crontabs
[ ! -e /etc/cron.d ] || mount -t tmpfs none /etc/cron.d
[ ! -e /etc/crontab ] || mount --bind /dev/null /etc/crontab
mount --bind "$1/srv" "$2"
install -m 600 "$1/crontab" /var/spool/cron/crontabs/root
exec "$3" -f -L 4
"""


def _may_mount() -> bool:
    if CRON is None or UNSHARE is None or os.geteuid() != 0:
        return False
    tried = subprocess.run([UNSHARE, "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.long
@pytest.mark.skipif(not _may_mount(), reason="needs cron, root and a mount namespace of its own")
def test_a_real_cron_harvests_twice_and_the_second_time_only_what_is_new(tmp_path: Path) -> None:
    home = tmp_path / "srv"
    home.mkdir()
    (home / ".venv").symlink_to(sys.prefix)
    (home / "scrapy.cfg").symlink_to(ROOT / "scrapy.cfg")
    (home / "data").mkdir()
    portals = ("baocaobang", "baolangson", "baohagiang", "hdnd_caobang", "caobang_gov")
    job = blocks("cron", OPERATE)[0].strip().split("  ", 1)[1].replace("harvest all", f"harvest {' '.join(portals)}")
    # Where the page says /srv/baotinh there may be something already; the namespace shows ours there.
    place = Path("/mnt")
    job = job.replace("/srv/baotinh", str(place))
    with ReplicaServer([build_site(name, count=12) for name in portals]) as server:
        # Cron takes no variable of more than a thousand characters.
        led = f"from tests.docs.quick_settings import *\nARCHIVE_CONNECT_TO = {server.connect_to!r}\n"
        (tmp_path / "led_home.py").write_text(led)
        given = f'MAILTO=""\nPYTHONPATH={ROOT}:{tmp_path}\nSCRAPY_SETTINGS_MODULE=led_home\n'
        (tmp_path / "crontab").write_text(f"{given}* * * * *  {job}\n")
        command = [str(UNSHARE), "-m", "bash", "-ec", _CRON, "cron", str(tmp_path), str(place), str(CRON)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as cron:
            try:
                _wait_for(home / "data", 2 * len(portals), 240)
            finally:
                cron.terminate()
    runs = [(run["portal"], run["fetched"]) for run in read_runs(home / "data")]
    first, second = dict(runs[: len(portals)]), dict(runs[len(portals) : 2 * len(portals)])
    assert first.keys() == second.keys() == set(portals)
    assert all(first.values())
    assert not any(second.values())
    assert len(read_rows(home / "data", "articles")) == sum(first.values())


def _wait_for(data: Path, runs: int, seconds: float) -> None:
    """Wait until ``data`` has the reports of ``runs`` runs and nobody is at work any more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if len(read_runs(data)) >= runs and not any((data / "state" / "runs").iterdir()):
            return
        time.sleep(0.5)
    raise AssertionError(f"{data}: not {runs} runs within {seconds:.0f} s")
