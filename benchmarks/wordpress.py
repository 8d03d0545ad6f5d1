"""A WordPress with our newsroom's articles, made from Debian's packages: pages for ``benchmarks.extraction`` to read.

``python -m benchmarks.wordpress FOLDER`` writes ``wordpress-<theme>.warc.gz`` and ``….truth.json`` for each theme that
is installed. Needs the packages wordpress, wordpress-l10n, a wordpress-theme-…, php-cli, php-mysql and
mariadb-server; says so and ends with exit code 3 where one is absent. Database and web server run only meanwhile,
on a socket and on 127.0.0.1, in a temporary folder; nothing of the system is changed.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.truths import Pages, truth_of
from tests.replica.newsroom import newsroom
from tests.replica.sites.markup import VIETNAM, picture
from tests.replica.story import Photo, Story

ROOT = Path("/usr/share/wordpress")
NEEDED = ("php", "mariadbd", "mariadb-install-db", "mariadb")
SITE = "http://vungcao.example"
DESK = "Ban biên tập"
_ARTICLES, _SEED = 24, 733
_CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '{site}'); define('WP_SITEURL', '{site}'); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true); define('WPLANG', 'vi'); define('AUTOMATIC_UPDATER_DISABLED', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
_COMMENTS = (
    ("Nông Văn Sơn", "Bài viết rất bổ ích, mong tòa soạn tiếp tục thông tin về việc này để bà con ở xa được biết."),
    (
        "Lý Thị Mai",
        "Tôi ở xóm bên cạnh, sự việc đúng như phóng viên phản ánh; đề nghị các cấp sớm quan tâm giải quyết.",
    ),
)


def main(folder: Path) -> int:
    """Build the site, fetch its articles theme by theme, write them to ``folder``; the exit code."""
    absent = [name for name in NEEDED if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    themes = sorted(path.name for path in (ROOT / "wp-content" / "themes").glob("twenty*"))
    if absent or not themes:
        print(f"WordPress is left out: {', '.join(absent) or 'wordpress and a theme'} not installed", file=sys.stderr)
        return 3
    folder.mkdir(parents=True, exist_ok=True)
    stories = newsroom("vungcao", _ARTICLES, _SEED)
    with tempfile.TemporaryDirectory(prefix="wordpress-") as work, _database(Path(work)) as database:
        root = _document_root(Path(work), database)
        addresses: dict[int, str] = {}
        for theme in themes:
            addresses |= _fill(Path(work), root, stories, theme)
            with _server(root) as port:
                pages = Pages(folder / f"wordpress-{theme}")
                for story in stories:
                    pages.add(addresses[story.number], _fetch(port, addresses[story.number]), truth_of(story))
                print(pages.write())
    return 0


@contextmanager
def _database(work: Path) -> Iterator[Path]:
    """A MariaDB of our own; gives its socket."""
    data, path = work / "database", work / "database.sock"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    account = ["--user=root"] if os.geteuid() == 0 else []
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
    subprocess.run([*install, "--skip-test-db", *account], check=True, **quiet)  # type: ignore[call-overload]
    command = ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={path}", "--skip-networking"]
    with subprocess.Popen([*command, f"--pid-file={work}/database.pid", *account], **quiet) as process:  # type: ignore[call-overload]
        try:
            client = ["mariadb", "--no-defaults", f"--socket={path}", "-uroot", "-e", "CREATE DATABASE wordpress"]
            _wait(lambda: subprocess.run(client, check=False, **quiet).returncode == 0)  # type: ignore[call-overload]
            yield path
        finally:
            process.terminate()


def _document_root(work: Path, database: Path) -> Path:
    """A copy of the package's files with a configuration of our own."""
    root = work / "site"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("wp-config*.php", ".htaccess", "*-[a-z]*.mo"))
    (root / "wp-config.php").write_text(_CONFIG.format(socket=database, site=SITE))
    (root / "wp-content" / "uploads").mkdir(exist_ok=True)
    # Without this WordPress prints other dashes and quotes than the editor typed.
    plugins = root / "wp-content" / "mu-plugins"
    plugins.mkdir()
    (plugins / "as-typed.php").write_text("<?php add_filter('run_wptexturize', '__return_false');")
    return root


def _fill(work: Path, root: Path, stories: tuple[Story, ...], theme: str) -> dict[int, str]:
    """Let WordPress take over the stories, once, and the theme; the addresses by number, when it took them."""
    listed = work / "stories.json"
    site = {"name": "Tin tức Vùng cao", "desk": DESK, "stories": [_post(story) for story in reversed(stories)]}
    listed.write_text(json.dumps(site, ensure_ascii=False))
    command = ["php", str(Path(__file__).with_suffix(".php")), str(listed), theme]
    environment = {**os.environ, "SITE_ROOT": str(root), "SITE_URL": SITE}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SystemExit(f"WordPress did not take the articles:\n{done.stdout}{done.stderr}")
    return dict(json.loads(line) for line in done.stdout.splitlines() if line.startswith("["))


def _post(story: Story) -> dict[str, Any]:
    """A story as it is typed in; every other one is signed by its WordPress author, the rest at the end of the text."""
    signed = len(story.authors) == 1 and story.number % 2 == 1
    return {
        "number": story.number,
        "title": story.title,
        "slug": story.slug,
        "section": story.section,
        "tags": story.tags,
        "date": f"{story.published.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}",
        "writer": story.authors[0] if signed else None,
        "content": _content(story, None if signed else story.byline),
        "picture": base64.b64encode(picture(f"{story.number}.jpg")[0]).decode() if story.number % 3 else None,
        "comments": _COMMENTS if story.number % 4 == 0 else (),
    }


def _content(story: Story, byline: str | None) -> str:
    """The text by one of three habits: the block editor, the classic editor, or pasted from a word processor."""
    lead, paragraph, picture = ((_blocks), (_classic), (_pasted))[story.number % 3]()
    parts = [lead(story.lead)]
    for index, text in enumerate((*story.paragraphs, None)):
        parts += [picture(photo) for at, photo in story.photos if at == index]
        if text is not None:
            parts.append(paragraph(text))
    if byline:
        parts.append(f'<p style="text-align: right;"><strong>{escape(byline)}</strong></p>')
    if story.source_name:
        parts.append(f'<p style="text-align: right;"><em>Theo {escape(story.source_name)}</em></p>')
    return "\n\n".join(parts)


def _blocks() -> Any:
    def paragraph(text: str) -> str:
        return f"<!-- wp:paragraph -->\n<p>{escape(text)}</p>\n<!-- /wp:paragraph -->"

    def picture(photo: Photo) -> str:
        image = f'<img src="/wp-content/uploads/{photo.filename}" alt=""/>'
        caption = f'<figcaption class="wp-element-caption">{escape(photo.caption)}</figcaption>'
        return f'<!-- wp:image -->\n<figure class="wp-block-image">{image}{caption}</figure>\n<!-- /wp:image -->'

    return (lambda text: paragraph("\0").replace("\0", f"<strong>{escape(text)}</strong>")), paragraph, picture


def _classic() -> Any:
    def picture(photo: Photo) -> str:
        image = f'<img src="/wp-content/uploads/{photo.filename}" alt="" width="640" height="427" />'
        return f'[caption id="" align="aligncenter" width="640"]{image} {escape(photo.caption)}[/caption]'

    return escape, escape, picture


def _pasted() -> Any:
    def paragraph(text: str) -> str:
        return f'<p style="text-align: justify;"><span style="font-size: 14pt;">{escape(text)}</span></p>'

    def picture(photo: Photo) -> str:
        image = f'<p style="text-align: center;"><img src="/wp-content/uploads/{photo.filename}" alt="" /></p>'
        return f'{image}\n<p style="text-align: center;"><em>{escape(photo.caption)}</em></p>'

    return (lambda text: f'<p style="text-align: justify;"><strong>{escape(text)}</strong></p>'), paragraph, picture


@contextmanager
def _server(root: Path) -> Iterator[int]:
    """PHP's own web server on a free port of 127.0.0.1; gives the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["php", "-d", "display_errors=0", "-S", f"127.0.0.1:{port}", "-t", str(root)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
            yield port
        finally:
            process.terminate()


def _fetch(port: int, url: str) -> bytes:
    """The page at ``url`` from the server at ``port``, which is asked by the site's name."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", urlsplit(url).path, headers={"Host": urlsplit(url).netloc})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != 200:
        raise SystemExit(f"{url}: status {response.status}")
    return body


def _wait(ready: Any, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise SystemExit("a server did not start")
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
