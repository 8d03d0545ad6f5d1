"""The pages on importing and replaying say what is so: commands parse, examples run, the web page shows the archive."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from archive.cli import _parser
from archive.corpus import sealed_connection
from archive.importing.files import bring
from archive.importing.names import origin_of
from archive.layout import DataFolder
from archive.wacz import Selection, export_wacz
from tests.archive.foreign import foreign_warc
from tests.archive.samples import PAGES, sample_archive
from tests.archive.test_import import bring_in, write

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = {name: (DOCS / f"{name}.md").read_text() for name in ("import", "replay")}
REPLAY_PACKAGE = "replaywebpage@2.4.6"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE[page], re.S)


COMMANDS = [
    line.partition("#")[0].strip()
    for page in PAGE
    for block in blocks(page, "sh")
    for line in block.splitlines()
    if line.startswith("baotinh")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one_that_there_is(command: str) -> None:
    assert callable(_parser().parse_args(shlex.split(command)[1:]).run)


def test_there_are_commands_of_every_kind() -> None:
    assert {shlex.split(command)[1] for command in COMMANDS} == {"import", "export", "replay"}
    assert len(COMMANDS) >= 9


@pytest.mark.parametrize("command", [command for command in COMMANDS if "--query" in command])
def test_every_query_of_an_export_runs(command: str, tmp_path: Path) -> None:
    folder = sample_archive(tmp_path / "data")
    query = shlex.split(command)[-1].replace("lũ quét", "cầu treo")
    assert export_wacz(folder, tmp_path / "x.wacz", Selection(query=query)).pages == 1


def test_the_origin_is_found_as_the_page_says(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    source = write(tmp_path / "hdnd.warc.gz", foreign_warc("wget"))
    bring_in(folder, source)
    (query,) = blocks("import", "sql")
    with sealed_connection(folder) as database:
        assert database.execute(query).fetchall() == [("import:hdnd Wget/1.21.3", "wire", 4)]
    (kept,) = folder.warc_files()
    assert re.fullmatch(r"import-\d{17}-00000-hdnd-[0-9a-f]{12}\.warc\.gz", kept.name)
    named = bring(DataFolder(tmp_path / "other"), source, "hdnd.warc.gz", "hdnd_caobang")
    assert named.path.name.startswith("import.hdnd_caobang-")
    assert origin_of(named.path.name) == named.origin


def test_the_check_runs_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    export_wacz(sample_archive(tmp_path / "data"), Path("caobang.wacz"))
    (code,) = blocks("replay", "python")
    exec(compile(code, "docs/replay.md", "exec"), {})
    assert capsys.readouterr().out == "nothing is wrong\n"


# ReplayWeb.page in a real browser. The page tells the server what its replay frame shows.
_TELL = """
<script>
function text(root) {
  let found = "";
  for (const element of root.querySelectorAll("*")) {
    if (element.shadowRoot) found += text(element.shadowRoot);
    if (element.tagName !== "IFRAME" || !element.contentDocument) continue;
    const inside = element.contentDocument;
    if (inside.location.href.includes("mp_/") && inside.body) found += inside.body.innerText;
    found += text(inside);
  }
  return found;
}
setInterval(() => fetch("/seen", { method: "POST", body: text(document) }), 500);
</script>
"""


class Handler(SimpleHTTPRequestHandler):
    """Files with ranges, which a browser needs to read a WACZ in pieces, and ``/seen`` for what is shown."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append(body)  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def do_GET(self) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if wanted is None or not path.is_file():
            super().do_GET()
            return
        data = path.read_bytes()
        first, last = int(wanted[1]), min(int(wanted[2] or len(data) - 1), len(data) - 1)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.wfile.write(data[first : last + 1])

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


@contextmanager
def serving(folder: Path) -> Iterator[Any]:
    def handler(*arguments: Any) -> Handler:
        return Handler(*arguments, directory=str(folder))

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def web_page(folder: Path) -> None:
    """The page of the documentation in ``folder``, with the scripts that it asks for."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not here, so ReplayWeb.page cannot be fetched")
    fetched = subprocess.run(
        [npm, "pack", "--silent", REPLAY_PACKAGE], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    if fetched.returncode != 0:
        pytest.skip(f"{REPLAY_PACKAGE} cannot be fetched: {fetched.stderr[-200:]}")
    shutil.unpack_archive(next(folder.glob("*.tgz")), folder, "gztar", filter="data")
    shutil.copy(folder / "package" / "ui.js", folder / "ui.js")
    (folder / "replay").mkdir()
    shutil.copy(folder / "package" / "sw.js", folder / "replay" / "sw.js")
    html, inside = blocks("replay", "html")
    (folder / "replay" / "index.html").write_text(inside)
    (folder / "index.html").write_text(html.replace("https://baocaobang.vn/", PAGES[0].url) + _TELL)


@pytest.mark.long
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_web_page_shows_an_exported_article(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    web_page(site)
    export_wacz(sample_archive(tmp_path / "data"), site / "caobang.wacz")
    wanted = PAGES[0].paragraphs[0]
    with serving(site) as server:
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        command = [str(CHROMIUM), *flags, f"--user-data-dir={tmp_path / 'profile'}"]
        log = (tmp_path / "chromium.log").open("wb")
        with (
            log,
            subprocess.Popen([*command, f"http://127.0.0.1:{server.server_port}/"], stdout=log, stderr=log) as run,
        ):
            try:
                until = time.monotonic() + 90
                while time.monotonic() < until and not any(wanted in text for text in server.seen):
                    time.sleep(0.2)
            finally:
                run.terminate()
                run.wait(20)
    assert any(wanted in text for text in server.seen), (
        server.seen[-1:],
        (tmp_path / "chromium.log").read_text()[-2000:],
    )
