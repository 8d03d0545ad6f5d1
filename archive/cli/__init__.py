"""The ``baotinh`` command line: reading, proving and citing the archive.

Exit codes: 0 good, 1 unexpected, 2 usage, 3 disk or file, 4 ``verify`` found something, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from archive.cli import export, importing, purge, query, rebuild, replay, salvage, show, stats, verify
from archive.cli.console import plain
from archive.errors import BaotinhError, UsageError
from archive.layout import DataFolder

USAGE, STORAGE, INTERRUPTED, BROKEN_PIPE = 2, 3, 130, 141
_VERBS = (verify, show, query, stats, importing, export, replay, salvage, rebuild, purge)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and give its exit code; errors a user can act on go to stderr without a traceback."""
    args = _parser().parse_args(argv)
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


def _parser() -> argparse.ArgumentParser:
    # Given before or after the verb, so neither place may overwrite the other with a default.
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--data", metavar="DIR", help="the data folder (default: $ARCHIVE_DIR, else data)")
    common.add_argument("--json", action="store_true", help="answer in JSON, for programs")
    parser = argparse.ArgumentParser(
        prog="baotinh", description="Read, prove and cite the archive of the provincial press.", parents=[common]
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    for module in _VERBS:
        module.add_parser(verbs, common)
    return parser
