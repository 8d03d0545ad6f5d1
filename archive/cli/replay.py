"""``baotinh replay``: archived pages as they were, in a browser on this machine."""

from __future__ import annotations

import argparse
from typing import Any

from archive.cli.console import as_json, console, text
from archive.layout import DataFolder
from archive.replay import serve

PORT = 8091


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "replay",
        parents=[common],
        help="serve archived pages to a browser on this machine",
        description="Serve the archive with pywb on 127.0.0.1 until interrupted; `make replay` sets pywb up.",
    )
    parser.add_argument("--port", metavar="N", type=int, default=PORT, help=f"the port (default: {PORT})")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Serve until Ctrl-C, which is a good end."""
    try:
        for address in serve(folder, args.port):
            if args.json:
                print(as_json({"address": address}), flush=True)
            else:
                out = console()
                out.print(text(f"Serving {folder.path} at {address}"))
                out.print(
                    text(
                        f"A page: {address}2024/https://baocaobang.vn/ (the capture nearest to a date). Ctrl-C ends it."
                    )
                )
    except KeyboardInterrupt:
        return 0
    return 0
