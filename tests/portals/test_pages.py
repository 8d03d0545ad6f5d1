"""Every page in these folders is read as its ``expected.json`` says; docs/add-a-portal.md tells how pages get here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scrapers.expectations import EXPECTED, StoredPage, article_on, expected_of, load_pages

HERE = Path(__file__).parent
FOLDERS = sorted(path.parent for path in HERE.glob(f"*/{EXPECTED}"))
PAGES = [(folder.name, stored, article) for folder in FOLDERS for stored, article in load_pages(folder)]


@pytest.mark.parametrize(
    ("portal", "stored", "article"), PAGES, ids=[f"{portal}/{stored.file[:40]}" for portal, stored, _ in PAGES]
)
def test_page(portal: str, stored: StoredPage, article: dict[str, Any]) -> None:
    assert expected_of(article_on(portal, stored.page)) == article


def test_every_file_is_expected_and_all_are_small() -> None:
    named = {f"{portal}/{stored.file}" for portal, stored, _ in PAGES}
    there = list(HERE.glob("*/*.html"))
    assert named == {f"{path.parent.name}/{path.name}" for path in there}
    assert max(path.stat().st_size for path in there) < 400_000
