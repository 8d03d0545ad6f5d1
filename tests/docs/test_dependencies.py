"""The page about dependencies names exactly those that there are."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _named(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!;\[ ]", requirement)[0].lower() for requirement in requirements}


def test_every_dependency_has_a_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    run, _, rest = page.partition("## To develop")
    develop, _, measure = rest.partition("## To measure")
    for part, requirements in (
        (run, PROJECT["dependencies"]),
        (develop, PROJECT["optional-dependencies"]["dev"]),
        (measure, PROJECT["optional-dependencies"]["bench"]),
    ):
        rows = re.findall(r"^\| ([a-z][a-z0-9, -]+) \|", part, re.M)
        named = {name.strip() for row in rows for name in row.split(",")} - {"package"}
        assert named == _named(requirements)


def test_locks_have_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-floor.lock", "requirements-bench.lock"):
        lines = (ROOT / name).read_text().splitlines()
        pinned = [line for line in lines if re.match(r"[a-z0-9]", line, re.I)]
        assert len(pinned) > 60
        assert all("==" in line for line in pinned)
        assert sum("--hash=sha256:" in line for line in lines) >= len(pinned)
        assert not any("://" in line for line in lines)


def test_developers_have_what_users_have_and_users_no_more_than_they_need() -> None:
    """Of what developers name, users get the builder, and what rich brings."""
    run, develop = _pinned("requirements.lock"), _pinned("requirements-dev.lock")
    assert run.items() <= develop.items()
    assert not run.keys() & (_named(PROJECT["optional-dependencies"]["dev"]) - {"setuptools", "markdown-it-py"})


def test_the_floor_is_what_the_project_allows() -> None:
    floor, lock = _pinned("requirements-floor.lock"), _pinned("requirements.lock")
    assert floor.keys() >= _named(PROJECT["dependencies"])
    assert any(floor[name] != lock[name] for name in _named(PROJECT["dependencies"]))


def _pinned(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", (ROOT / name).read_text(), re.M))
