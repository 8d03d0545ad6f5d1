"""``replay``: archived pages as they were, served on this machine by pywb.

pywb brings old versions of packages that the crawler needs new, so it lives in an environment of its own,
``.venv-replay``, that ``make replay`` sets up. Here its configuration is written (where the WARC files and the
CDXJ are) and its server started and ended.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from archive.access import ACCESS, write_access
from archive.cdx import INDEX, index_path, index_warc, merge_index
from archive.errors import StorageError, UsageError
from archive.files import write_whole
from archive.layout import DataFolder

COLLECTION: Final = "archive"
HOST: Final = "127.0.0.1"
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_CHECKOUT = Path(__file__).resolve().parents[1]


def find_pywb(environment: Path | None = None) -> Path:
    """The program ``wayback`` in ``environment``, by default ``.venv-replay`` beside the code, else on the PATH.

    Raises ``UsageError`` with the remedy when it is nowhere.
    """
    program = (environment or _CHECKOUT / ".venv-replay") / "bin" / "wayback"
    if program.is_file():
        return program
    elsewhere = shutil.which("wayback") if environment is None else None
    if elsewhere is None:
        raise UsageError(f"{program} does not exist: pywb is not set up. Run `make replay` once, then try again.")
    return Path(elsewhere)


def configure(folder: DataFolder) -> Path:
    """Bring the index up to date and write pywb's configuration; gives the folder that pywb is started in.

    Raises ``UsageError`` for an archive without captures and ``StorageError`` when the disk refuses.
    """
    if not folder.path.is_dir():
        raise StorageError(f"{folder.path} does not exist. Name the data folder with --data or ARCHIVE_DIR.")
    for path in folder.warc_files():
        if not index_path(folder, path.name).exists():
            index_warc(folder, path)
    merge_index(folder)
    index = folder.cdx / INDEX
    if not index.exists() or index.stat().st_size == 0:
        raise UsageError(f"{folder.path} holds no closed WARC file with captures: there is nothing to replay yet.")
    write_access(folder)
    home = folder.state / "replay"
    settings: dict[str, Any] = {
        "collections": {
            COLLECTION: {
                "index_paths": str(index.resolve()),
                "archive_paths": f"{folder.warc.resolve()}{os.sep}",
                "acl_paths": str((folder.state / ACCESS).resolve()),
            }
        },
        "enable_auto_fetch": False,
        "enable_prefer": False,
    }
    # JSON is YAML, and leaves no doubt about quoting.
    write_whole(home / "config.yaml", [json.dumps(settings, indent=2).encode()])
    return home


@contextmanager
def replay_server(folder: DataFolder, port: int, environment: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """pywb serving the archive at ``http://127.0.0.1:<port>/archive/``, ended when the context is.

    Raises ``UsageError`` when pywb is missing or the port is taken, ``StorageError`` when pywb does not start.
    """
    program = find_pywb(environment)
    home = configure(folder)
    _check_port(port)
    log = home / "pywb.log"
    with log.open("wb") as output:
        command = [str(program), "-b", HOST, "-p", str(port), "-d", str(home)]
        server = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            command, stdout=output, stderr=output, cwd=home
        )
    try:
        _wait_until_up(server, port, log)
        yield server
    finally:
        _stop(server)


def serve(folder: DataFolder, port: int, environment: Path | None = None) -> Iterator[str]:
    """Serve until interrupted; yields the address once, when pages can be opened.

    Ended by SIGINT (as ``KeyboardInterrupt``) or SIGTERM. Raises as ``replay_server`` does, and ``StorageError``
    when pywb ends by itself.
    """
    with _term_as_interrupt(), replay_server(folder, port, environment) as server:
        yield f"http://{HOST}:{port}/{COLLECTION}/"
        code = server.wait()
        raise StorageError(f"pywb ended with code {code}; its last words are in {folder.state / 'replay' / 'pywb.log'}")


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise UsageError(f"port {port} cannot be used ({error}); name another with --port.") from error


def _wait_until_up(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise StorageError(f"pywb ended at once with code {server.returncode}: {_last_line(log)} (see {log})")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise StorageError(f"pywb did not open port {port} within {_START_SECONDS:.0f} s; see {log}")


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def _term_as_interrupt() -> Iterator[None]:
    """SIGTERM ends us as Ctrl-C does, so that pywb never outlives us."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
