"""The README says what is so: its commands run, its output is what they print, and both languages agree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scrapers.registry import portal_classes
from tests.conftest import ROOT, Demo
from tests.replica.server import ReplicaServer
from tests.replica.sites import PORTALS, build_sites

README = (ROOT / "README.md").read_text()
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def blocks(language: str, page: str = README) -> list[str]:
    """The code blocks of ``language``, in order."""
    return [text for kind, text in _BLOCK.findall(page) if kind == language]


def shape(text: str) -> list[str]:
    """The lines of ``text`` without what differs from run to run: figures, hashes, spacing."""
    lines = (re.sub(r"[0-9a-f]{6,}|\d[\d.,]*", "#", line) for line in text.splitlines())
    return [" ".join(line.split()) for line in lines if line.strip()]


@pytest.fixture(scope="module")
def desk(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a user has it after ``make demo``: the data and the virtual environment in their places."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "data").mkdir()
    (folder / "data" / "demo").symlink_to(demo.data)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """The environment of a user whose network ends at the replica portals."""
    # "all" means all portals, those too that the demo leaves out.
    others = [name for name in portal_classes() if name not in (*PORTALS, "generic")]
    with ReplicaServer([*build_sites(count=12), *build_sites(others, count=4)]) as server:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ARCHIVE_")}
        yield {
            **kept,
            "ARCHIVE_CONNECT_TO": server.connect_to,
            "PYTHONPATH": str(ROOT),
            "SCRAPY_SETTINGS_MODULE": "tests.docs.quick_settings",
        }


def run(command: list[str], desk: Path, environment: dict[str, str], good: tuple[int, ...] = (0,)) -> str:
    """Run a command in the user's folder; its output."""
    done = subprocess.run(command, cwd=desk, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in good, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("block", blocks("bash"), ids=lambda block: block.splitlines()[-1][:40])
def test_commands_run(desk: Path, environment: dict[str, str], block: str) -> None:
    script = block if "activate" in block else f"source .venv/bin/activate\n{block}"
    # 4: the replicas of this test are small, some of their sections are empty.
    for command in (line for line in script.splitlines() if line.startswith(("scrapy", "baotinh"))):
        setup = [line for line in script.splitlines() if line.startswith(("source", "export"))]
        run(["bash", "-c", "\n".join([*setup, command])], desk, environment, (0, 4) if "scrapy" in command else (0,))


def test_the_cron_line_runs(desk: Path, environment: dict[str, str]) -> None:
    (line,) = (line for block in blocks("cron") for line in block.splitlines())
    fields, command = line.split("  ", 1)
    assert re.fullmatch(r"[\d*/,-]+( [\d*/,-]+){4}", fields)
    run(["bash", "-c", command.replace("/srv/baotinh", str(desk))], desk, environment, (0, 4))


def test_a_page_is_looked_at_as_the_guide_says(desk: Path, environment: dict[str, str]) -> None:
    (block,) = blocks("bash", (ROOT / "docs" / "add-a-portal.md").read_text())
    printed = run(["bash", "-ec", f"source .venv/bin/activate\n{block}"], desk, environment)
    assert "<title>" in (desk / "page.html").read_text()
    assert printed.strip() not in ("", "None")


def test_images_are_fetched_as_the_page_on_captures_says(desk: Path, environment: dict[str, str]) -> None:
    (block,) = blocks("bash", (ROOT / "docs" / "archive.md").read_text())
    script = f"source .venv/bin/activate\nexport ARCHIVE_DIR=images\n{block}"
    printed = run(["bash", "-ec", script], desk, environment, (0, 4))
    assert re.search(r"baocaobang: \d\d images, \S+ MB; not fetched: none", printed)


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_programs_print_what_the_page_shows(desk: Path, environment: dict[str, str], number: int) -> None:
    shown = [text for text in blocks("text") if "┌" in text][number]
    printed = run([sys.executable, "-c", blocks("python")[number]], desk, environment)
    assert " ".join(printed.split()) == " ".join(shown.split())


def test_the_demo_prints_what_the_page_shows(demo: Demo) -> None:
    printed = shape(demo.output.replace(str(demo.data), "data/demo"))
    for block in (text for text in blocks("text") if "┌" not in text):
        for line in shape(block):
            assert line in printed


def test_the_words_of_make_exist() -> None:
    words = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.M)
    used = {word for block in blocks("sh") for word in re.findall(r"^make ([a-z-]+)", block, re.M)}
    assert used
    assert used <= set(words)


def test_every_link_leads_somewhere() -> None:
    for page in ("README.md", "README.vi.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text()):
            assert (ROOT / target).exists(), f"{page}: {target}"


def test_both_languages_give_the_same_commands() -> None:
    vietnamese = (ROOT / "README.vi.md").read_text()
    for language in ("bash", "python", "cron", "text"):
        assert blocks(language, vietnamese) == blocks(language)
    assert [re.sub(r"\s*#.*", "", block) for block in blocks("sh", vietnamese)] == [
        re.sub(r"\s*#.*", "", block) for block in blocks("sh")
    ]
    assert vietnamese.count("\n## ") == README.count("\n## ")


def test_the_portal_of_the_guide_is_a_portal() -> None:
    guide = (ROOT / "docs" / "add-a-portal.md").read_text()
    (program,) = blocks("python", guide)
    names: dict[str, object] = {}
    exec(compile(program, "docs/add-a-portal.md", "exec"), names)
    portal = names["BaoQuangNinh"]
    assert isinstance(portal, type)
    spider = portal()
    assert spider.facts().desk == "bao-quang-ninh"
    assert spider.is_article("https://baoquangninh.vn/vinh-ha-long-toa-sang-3314842.html")
    assert len(program.splitlines()) <= 20
