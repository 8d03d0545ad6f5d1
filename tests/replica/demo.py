"""``make demo``: the whole way from nothing to a provable corpus, on this machine alone.

Six replica portals on loopback are crawled under their real host names; then the corpus is asked and proved.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
TARGETS = (
    "baocaobang",
    "baolangson",
    "baohagiang",
    "hdnd_caobang",
    "caobang_gov",
    "http://tintucvungcao.vn/",
)
_MARK = ".demo"
QUESTION = """
SELECT portal, count(*) AS articles, min(published_at)::DATE AS first, max(published_at)::DATE AS last,
       round(avg(word_count))::INT AS words, count(source_name) AS republished
FROM articles GROUP BY portal ORDER BY portal
"""


# The shortest article that has everything to show.
_EXAMPLE = """
SELECT article_id FROM read_parquet(?)
WHERE portal = 'baocaobang' AND len(images) > 0 AND len(authors) > 0 AND len(tags) > 0
ORDER BY word_count, article_id LIMIT 1
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Crawl, show, ask, prove; returns the exit code of the first step that failed, 0 if none did."""
    parser = argparse.ArgumentParser(prog="python -m tests.replica.demo", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "demo", help="made anew at each run")
    parser.add_argument("--articles", type=int, default=60, help="articles a portal")
    parser.add_argument("--wire-log", type=Path, help="keep the servers' own copy of every exchange here")
    arguments = parser.parse_args(argv)
    data: Path = arguments.data
    problem = _make_anew(data)
    if problem:
        print(problem, file=sys.stderr)
        return 2
    with _replicas(data, arguments.articles, arguments.wire_log) as connect_to:
        _say(f"Crawling six replica portals, {arguments.articles} articles each, into {_short(data)}/")
        code = _crawl(data, connect_to)
    return code or _look(data)


def _look(data: Path) -> int:
    """Show what the crawl left behind, by the same commands a user has."""
    baotinh = [str(BIN / "baotinh"), "--data", _short(data)]
    example = _example_article(data)
    _say("One article as it was understood", [*baotinh, "show", example[:8]])
    code = _run([*baotinh, "show", example[:8]])
    _say("A question to the corpus", [*baotinh, "query", '"SELECT portal, count(*) …"'])
    code = code or _run([*baotinh, "query", " ".join(QUESTION.split())])
    _say("The proof: every record, every row, every article read again from its record", [*baotinh, "verify"])
    code = code or _run([*baotinh, "verify"])
    _say("Next")
    where = _short(data)
    print(f'  baotinh --data {where} query "SELECT title, url FROM articles LIMIT 5"')
    print(f"  baotinh --data {where} show {example[:8]} --html > page.html      the page as it was")
    print(f"  duckdb, polars, pandas: {where}/corpus/articles/**/*.parquet")
    print("  a real portal:  export ARCHIVE_CONTACT=you@example.org; scrapy crawl baocaobang -a max_articles=20")
    print("  (these commands live in .venv/bin)")
    return code


def _crawl(data: Path, connect_to: str) -> int:
    environment = dict(os.environ, ARCHIVE_DIR=str(data), ARCHIVE_CONNECT_TO=connect_to)
    (data / "logs").mkdir(parents=True, exist_ok=True)
    # A second between requests is for other people's servers; these are ours.
    options = ["-s", "DOWNLOAD_DELAY=0.02", "-L", "INFO", "--logfile", str(data / "logs" / "harvest.log")]
    began = time.monotonic()
    code = _run([str(BIN / "scrapy"), "harvest", *TARGETS, *options], environment)
    print(f"\n{time.monotonic() - began:.0f} seconds of crawling and extracting; log: {_short(data)}/logs/harvest.log")
    return code


def _example_article(data: Path) -> str:
    files = str(data / "corpus" / "articles" / "**" / "*.parquet")
    with duckdb.connect() as database:
        row = database.execute(_EXAMPLE, [files]).fetchone()
    return str(row[0]) if row else ""


@contextmanager
def _replicas(data: Path, articles: int, wire_log: Path | None) -> Iterator[str]:
    """The replica portals as a process of their own; gives the ``ARCHIVE_CONNECT_TO`` that leads to them."""
    ready = data / "replicas.json"
    command = [sys.executable, "-m", "tests.replica", "serve", "--articles", str(articles), "--ready", str(ready)]
    if wire_log:
        command += ["--log", str(wire_log)]
    with subprocess.Popen(command, cwd=ROOT) as server:
        try:
            yield _wait(server, ready)
        finally:
            server.terminate()
    ready.unlink(missing_ok=True)


def _wait(server: subprocess.Popen[bytes], ready: Path) -> str:
    for _ in range(600):
        if ready.exists():
            return str(json.loads(ready.read_text())["connect_to"])
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit(f"the replica portals did not start (exit code {server.poll()})")


def _make_anew(data: Path) -> str | None:
    """Empty ``data`` if an earlier demo made it; a folder that holds anything else is left alone."""
    if data.exists() and any(data.iterdir()):
        if not (data / _MARK).exists():
            return f"{data} holds something that no demo made; name another folder with --data"
        shutil.rmtree(data)
    data.mkdir(parents=True, exist_ok=True)
    (data / _MARK).touch()
    return None


def _run(command: list[str], environment: dict[str, str] | None = None) -> int:
    sys.stdout.flush()
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _say(title: str, command: list[str] | None = None) -> None:
    print(f"\n== {title}")
    if command:
        print("$ " + " ".join([Path(command[0]).name, *command[1:]]))
    print(flush=True)


def _short(path: Path) -> str:
    """``path`` as a user in the project's folder would type it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    sys.exit(main())
