"""Coverage-guided fuzzing of the extractor: ``python -m tests.pipelines.fuzz -max_total_time=60 corpus/``.

The arguments are libFuzzer's. Whatever the extractor raises, or gives that no article may be, ends the run with a
traceback and leaves the input in a file.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["pipelines"]):
    from pipelines.extract import extract
    from pipelines.page import Page
    from tests.pipelines.pages import FETCHED, RULES
    from tests.pipelines.test_properties import check

_TYPES = ("text/html; charset=utf-8", "", "text/html; charset=windows-1258", "text/html; charset=iso-8859-1")
_RULES = [RULES[name] for name in sorted(RULES)]


def one_input(data: bytes) -> None:
    """Read ``data``, whose first byte chooses rules and content type, as a page."""
    choice, body = (data[0], data[1:]) if data else (0, b"")
    page = Page("https://vidu.vn/tin/bai-viet-123456.html", 200, _TYPES[choice % 4], body, FETCHED)
    check(extract(page, _RULES[choice // 4 % len(_RULES)]))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
