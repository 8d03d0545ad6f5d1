"""Many portals in one process, each at one request a second: ours, and the way people write it, in one run.

So many hosts on this machine serve NukeViet pages of 250 KB, as large as a provincial paper's with its menus, scripts
and styles; the server is a process of its own. ``ours`` has capture, extraction and tables; ``inline`` is Scrapy with
trafilatura in the callback and warcio's writer in a pipeline. Prints for each: pages per second while all hosts were at
work, CPU cores of the process and its workers, the peak of its own resident memory and of the tree's, and how late the
event loop came to its timers in that time, and while all runs began.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from archive.memory import give_back_large_blocks
from benchmarks.crawl import ROOT, resident, tree
from tests.replica.newsroom import NEWSROOMS, newsroom
from tests.replica.server import ReplicaServer
from tests.replica.site import Answer, Request, Site
from tests.replica.sites.nukeviet import Council

NAMES = ("inline", "ours")
_PAGE_BYTES = 250_000
_TICK = 0.1


class Heavy(Council):
    """The council's site with as much furniture as a provincial paper's."""

    def __init__(self, articles: int) -> None:
        super().__init__(NEWSROOMS["hdnd_caobang"], newsroom("hdnd_caobang", articles))
        self.scheme = "http"  # type: ignore[assignment]

    def _html(self, page: str) -> Answer:
        answer = super()._html(page)
        missing = max(0, _PAGE_BYTES - len(answer.body))
        return replace(answer, body=answer.body.replace(b"</body>", _furniture(missing) + b"</body>"))


def _furniture(size: int) -> bytes:
    """Menus, a style sheet and a script, ``size`` bytes in all."""
    menu = "".join(f'<li class="item-{n}"><a href="/chuyen-muc/{n}">Chuyên mục số {n}</a></li>' for n in range(400))
    style = "".join(
        f".box-{n} > .title a:hover {{ color: #{n * 97 % 4096:03x}; padding: {n % 9}px }}\n" for n in range(900)
    )
    head = f'<div class="mega-menu"><ul>{menu}</ul></div><style>{style}</style>'.encode()
    script = "".join(f'"key{n}":{{"id":{n},"path":"/static/{n * 7919 % 10007}.js"}},' for n in range(4000)).encode()
    rest = max(0, size - len(head) - 40)
    filled = (script * (rest // len(script) + 1))[:rest]
    return head[: max(0, size - 40)] + b'<script type="application/json">' + filled + b"</script>"


class Mirror(Site):
    """A host that shows the pages of another site."""

    scheme = "http"

    def __init__(self, host: str, origin: Site) -> None:
        super().__init__()
        self.host = host
        self._origin = origin

    def answer(self, request: Request) -> Answer:
        """The other site's answer."""
        return self._origin.answer(request)


def hosts(count: int) -> list[str]:
    """The names of the hosts."""
    return [f"tinh{number:02d}.example.vn" for number in range(1, count + 1)]


def serve(count: int, articles: int, ready: Path) -> None:
    """Serve until SIGTERM."""
    origin = Heavy(articles)

    async def run() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        server = ReplicaServer([Mirror(host, origin) for host in hosts(count)])
        await server.open()
        staged = ready.with_suffix(".part")
        staged.write_text(server.connect_to)
        staged.rename(ready)
        await stop.wait()
        await server.close()

    asyncio.run(run())


def crawl(name: str, data: str, connect_to: str, count: int, seconds: float) -> None:
    """Crawl all hosts as the contender ``name`` for ``seconds``; print what was counted."""
    from scrapy.crawler import AsyncCrawlerProcess

    from benchmarks.contenders import Inline, settings_for
    from scrapers.portals.hdnd_caobang import HdndCaoBang
    from scrapers.stopping import Stopper

    settings = settings_for(name, data, connect_to)
    settings.setdict({"DOWNLOAD_DELAY": 1.0, "CONCURRENT_REQUESTS_PER_DOMAIN": 1}, "cmdline")
    if name == "inline":
        # Our stopper ends runs of portals only.
        settings.set("CLOSESPIDER_TIMEOUT", int(seconds), "cmdline")
    if name == "ours":
        # As the command does.
        give_back_large_blocks()
    process = AsyncCrawlerProcess(settings)
    crawlers = []
    for host in hosts(count):
        label = host.partition(".")[0]
        facts: dict[str, Any] = {"name": label}
        if name == "ours":
            facts |= {"domain": host, "desk": label, "scheme": "http"}
        else:
            facts |= {"home": f"http://{host}/"}
        base = HdndCaoBang if name == "ours" else Inline
        crawler = process.create_crawler(type(f"Portal_{label}", (base,), facts))
        crawlers.append(crawler)
        process.crawl(crawler)
    counted: list[tuple[float, int]] = []
    lags: list[float] = []

    def tick(due: float) -> None:
        from twisted.internet import reactor

        clock: Any = reactor
        now = time.monotonic()
        lags.append(now - due)
        counted.append((now, sum(map(_pages, crawlers))))
        clock.callLater(_TICK, tick, now + _TICK)

    with Stopper(crawlers, seconds / 60):
        from twisted.internet import reactor

        clock: Any = reactor
        clock.callWhenRunning(lambda: tick(time.monotonic()))
        process.start()
    began, ended = counted[0][0] + seconds / 5, counted[0][0] + seconds
    steady = [(moment, number) for moment, number in counted if began <= moment <= ended]
    rate = (steady[-1][1] - steady[0][1]) / (steady[-1][0] - steady[0][0])
    late = sorted(lag for lag, (moment, _) in zip(lags, counted, strict=True) if began <= moment <= ended)
    result = {"pages": counted[-1][1], "rate": rate, "lag": late[int(len(late) * 0.99)], "longest": late[-1]}
    result["start"] = max(lag for lag, (moment, _) in zip(lags, counted, strict=True) if moment < began)
    print(json.dumps(result))


def _pages(crawler: Any) -> int:
    try:
        return int(crawler.stats.get_value("response_received_count", 0))
    except RuntimeError:  # It has not begun.
        return 0


def measure(name: str, connect_to: str, count: int, seconds: float) -> dict[str, float]:
    """Run one contender in a process of its own and watch it."""
    data = tempfile.mkdtemp(prefix="bench-")
    command = [sys.executable, "-m", "benchmarks.harvest", "--crawl", name, "--data", data, "--connect-to", connect_to]
    command += ["--hosts", str(count), "--seconds", str(seconds)]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    samples: list[tuple[float, float, int, int]] = []
    watcher = threading.Thread(target=_watch, args=(process.pid, samples), daemon=True)
    watcher.start()
    assert process.stdout is not None
    printed = process.stdout.read()
    process.wait()
    watcher.join()
    shutil.rmtree(data)
    if process.returncode:
        raise SystemExit(f"{name} ended with exit code {process.returncode}")
    result: dict[str, float] = json.loads(printed.splitlines()[-1])
    steady = [sample for sample in samples if began + seconds / 5 <= sample[0] <= began + seconds]
    cores = (steady[-1][1] - steady[0][1]) / (steady[-1][0] - steady[0][0])
    return result | {"cores": cores, "own": max(s[2] for s in samples), "tree": max(s[3] for s in samples)}


def _watch(pid: int, samples: list[tuple[float, float, int, int]]) -> None:
    """Note every half second: moment, CPU seconds of ``pid`` and its children, its resident bytes, and the tree's."""
    while Path(f"/proc/{pid}").exists():
        members = list(tree(pid))
        own = resident(pid)
        if own == 0:
            return
        samples.append((time.monotonic(), sum(map(_cpu, members)), own, sum(map(resident, members))))
        time.sleep(0.5)


def _cpu(pid: int) -> float:
    """The CPU seconds of ``pid`` and of its children that have ended: workers are replaced now and then."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _served(count: int, articles: int) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    ready = folder / "ready"
    command = [sys.executable, "-m", "benchmarks.harvest", "--serve", str(ready), "--hosts", str(count)]
    with subprocess.Popen([*command, "--articles", str(articles)], cwd=ROOT) as server:
        while not ready.exists() and server.poll() is None:
            time.sleep(0.1)
        try:
            yield ready.read_text()
        finally:
            server.terminate()
            shutil.rmtree(folder)


def main() -> None:
    """Run the contenders in turn and print the table and the ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.harvest", description=__doc__)
    parser.add_argument("--hosts", type=int, default=63)
    parser.add_argument("--seconds", type=float, default=120.0, help="how long each contender crawls")
    parser.add_argument("--articles", type=int, default=800, help="of each host; enough for one a second")
    parser.add_argument("--only", default=",".join(NAMES))
    for hidden in ("--serve", "--crawl", "--data", "--connect-to"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.hosts, given.articles, Path(given.serve))
    elif given.crawl:
        crawl(given.crawl, given.data, given.connect_to, given.hosts, given.seconds)
    else:
        with _served(given.hosts, given.articles) as connect_to:
            names = [name for name in given.only.split(",") if name in NAMES]
            report({name: measure(name, connect_to, given.hosts, given.seconds) for name in names}, given)


def report(results: dict[str, dict[str, float]], given: argparse.Namespace) -> None:
    """Print the table and the ratios."""
    print(f"{given.hosts} hosts at 1 request/s, {given.seconds:.0f} s each, {os.cpu_count()} cores")
    print(
        f"{'':10}{'pages/s':>9}{'cores':>8}{'CPU ms/page':>13}{'own MB':>9}{'tree MB':>9}{'lag p99 ms':>12}{'max':>8}"
        f"{'at start':>10}"
    )
    for name, one in results.items():
        print(
            f"{name:10}{one['rate']:9.1f}{one['cores']:8.2f}{1000 * one['cores'] / one['rate']:13.1f}"
            f"{one['own'] / 1e6:9.0f}{one['tree'] / 1e6:9.0f}{1000 * one['lag']:12.0f}{1000 * one['longest']:8.0f}"
            f"{1000 * one['start']:10.0f}"
        )
    if results.keys() >= {"ours", "inline"}:
        ours, inline = results["ours"], results["inline"]
        print(f"ours / inline, pages per second: {ours['rate'] / inline['rate']:.2f}")
        per_page = (ours["cores"] / ours["rate"]) / (inline["cores"] / inline["rate"])
        print(f"ours / inline, CPU per page:     {per_page:.2f}")


if __name__ == "__main__":
    main()
