"""The ``baotinh`` command line: reading, proving and citing the archive.

Exit codes: 0 good, 1 unexpected, 2 usage, 3 disk or file, 4 ``verify`` found something, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from archive.cli.console import plain
from archive.errors import BaotinhError, UsageError
from archive.layout import DataFolder

USAGE, STORAGE, INTERRUPTED, BROKEN_PIPE = 2, 3, 130, 141
# Verbs in the order of the help, and their modules; only what is asked for is loaded.
_VERBS = {
    "verify": "verify",
    "show": "show",
    "query": "query",
    "stats": "stats",
    "report": "report",
    "import": "importing",
    "export": "export",
    "replay": "replay",
    "salvage": "salvage",
    "rebuild": "rebuild",
    "compact": "compact",
    "purge": "purge",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and give its exit code; errors a user can act on go to stderr without a traceback."""
    words = sys.argv[1:] if argv is None else list(argv)
    args = _parser(words).parse_args(words)
    folder = DataFolder(Path(getattr(args, "data", None) or os.environ.get("ARCHIVE_DIR") or "data"))
    args.json = getattr(args, "json", False)
    try:
        code: int = args.run(args, folder)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away (`| head`); Python must not complain about it again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except BaotinhError as error:
        return _fail(str(error), USAGE if isinstance(error, UsageError) else STORAGE)
    except OSError as error:
        return _fail(f"{error.filename or 'the disk'}: {error.strerror or error}", STORAGE)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)
    return code


def _fail(message: str, code: int) -> int:
    print(f"baotinh: {plain(message)}", file=sys.stderr)
    return code


def _parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of the verb in ``words``; without one, or with more that may be it, of all verbs."""
    # Given before or after the verb, so neither place may overwrite the other with a default.
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--data", metavar="DIR", help="the data folder (default: $ARCHIVE_DIR, else data)")
    common.add_argument("--json", action="store_true", help="answer in JSON, for programs")
    parser = argparse.ArgumentParser(
        prog="baotinh", description="Read, prove and cite the archive of the provincial press.", parents=[common]
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    named = [verb for verb in _VERBS if verb in words]
    for verb in named if len(named) == 1 else _VERBS:
        import_module(f"archive.cli.{_VERBS[verb]}").add_parser(verbs, common)
    return parser
