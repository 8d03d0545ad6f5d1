"""Run replica portals as a process: ``python -m tests.replica serve --sites baocaobang,baolangson --ready FILE``."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.replica.server import ReplicaServer
from tests.replica.site import Site
from tests.replica.sites import PORTALS, SITES, build_sites
from tests.replica.warcsite import WarcSite


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns 0."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    sites: list[Site] = []
    if arguments.warc:
        sites.append(WarcSite(arguments.warc, arguments.host))
    names = arguments.sites.split(",") if arguments.sites else () if arguments.warc else PORTALS
    unknown = sorted(set(names) - set(SITES))
    if unknown:
        parser.error(f"no such site: {', '.join(unknown)}; there are {', '.join(SITES)}")
    sites += build_sites(names, arguments.articles, arguments.seed)
    for site in sites:
        site.delay = arguments.delay
    server = ReplicaServer(sites, arguments.log, ports=(arguments.http_port, arguments.https_port))
    asyncio.run(_serve(server, arguments.ready))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.replica", description="Replica portals on 127.0.0.1.")
    serve = parser.add_subparsers(required=True).add_parser("serve", help="serve until SIGTERM or SIGINT")
    serve.add_argument("--sites", default="", help=f"comma-separated, of {', '.join(SITES)} (default: six portals)")
    serve.add_argument("--articles", type=int, default=60, help="articles per site")
    serve.add_argument("--seed", type=int, default=1, help="which stories")
    serve.add_argument("--warc", type=Path, help="serve the responses of this WARC file")
    serve.add_argument("--host", default="", help="the host in --warc to serve")
    serve.add_argument("--delay", type=float, default=0.0, help="seconds every answer takes")
    serve.add_argument("--http-port", type=int, default=0)
    serve.add_argument("--https-port", type=int, default=0)
    serve.add_argument("--log", type=Path, help="append every exchange, byte for byte, to this file")
    serve.add_argument("--ready", type=Path, help="write ports and the connect_to string here once listening")
    return parser


async def _serve(server: ReplicaServer, ready: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    await server.open()
    facts = {
        "pid": os.getpid(),
        "http_port": server.http_port,
        "https_port": server.https_port,
        "connect_to": server.connect_to,
        "hosts": [site.host for site in server.sites],
        "articles": {site.host: len(site.articles()) for site in server.sites},
    }
    text = json.dumps(facts, indent=1)
    if ready is None:
        print(text, flush=True)
    else:
        staged = ready.with_name(f".{ready.name}.{os.getpid()}")
        staged.write_text(text + "\n")
        staged.replace(ready)
    await stop.wait()
    await server.close()


if __name__ == "__main__":
    sys.exit(main())
