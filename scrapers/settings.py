"""Scrapy's settings for every portal: a guest's manners, capture at the wire, nothing open to others.

The environment sets five of ours: ``ARCHIVE_DIR`` (data folder), ``ARCHIVE_CONTACT`` (whom a webmaster can
write to), ``ARCHIVE_IMAGES`` (fetch the images of articles), ``ARCHIVE_DISK_RESERVE`` (bytes to leave free) and
``ARCHIVE_CONNECT_TO`` (real host names led to other addresses, as curl's ``--connect-to``); and who is told how a
harvest went.
"""

from __future__ import annotations

import os
from importlib.metadata import version

BOT_NAME = "baotinh"
SPIDER_MODULES = ["scrapers.portals"]
COMMANDS_MODULE = "scrapers.commands"

ARCHIVE_DIR = os.environ.get("ARCHIVE_DIR", "data")
ARCHIVE_CONTACT = os.environ.get("ARCHIVE_CONTACT", "").strip()
ARCHIVE_CONNECT_TO = os.environ.get("ARCHIVE_CONNECT_TO", "")
ARCHIVE_IMAGES = os.environ.get("ARCHIVE_IMAGES", "").strip() or False
# For each run of a portal: images, and bytes of their bodies.
ARCHIVE_IMAGES_MAX = 2_000
ARCHIVE_IMAGES_MAX_BYTES = 1_000_000_000
# Of each portal: requests a day, and the part of them for articles that are known and may have been edited.
ARCHIVE_DAILY_REQUESTS = 20_000
ARCHIVE_DAILY_SHARE = 0.25
# Listings that bring nothing new are read less and less often; for runs that come every few minutes.
ARCHIVE_RHYTHM = False
# Who is told how a harvest went, if anybody: see docs/operate.md.
ARCHIVE_PING_URL = os.environ.get("ARCHIVE_PING_URL", "").strip()
ARCHIVE_PING_CODES = os.environ.get("ARCHIVE_PING_CODES", "").strip().lower() not in ("no", "false", "0")
ARCHIVE_WEBHOOK_URL = os.environ.get("ARCHIVE_WEBHOOK_URL", "").strip()
ARCHIVE_MAIL_TO = os.environ.get("ARCHIVE_MAIL_TO", "").strip()
ARCHIVE_MAIL_FROM = os.environ.get("ARCHIVE_MAIL_FROM", "").strip()
ARCHIVE_SMTP_URL = os.environ.get("ARCHIVE_SMTP_URL", "").strip() or "smtp://localhost:25"
ARCHIVE_TELEGRAM_TOKEN = os.environ.get("ARCHIVE_TELEGRAM_TOKEN", "").strip()
ARCHIVE_TELEGRAM_CHAT = os.environ.get("ARCHIVE_TELEGRAM_CHAT", "").strip()
ARCHIVE_TELEGRAM_API = os.environ.get("ARCHIVE_TELEGRAM_API", "").strip() or "https://api.telegram.org"
ARCHIVE_METRICS_FILE = os.environ.get("ARCHIVE_METRICS_FILE", "").strip()
# Seconds that one of them may take; a harvest waits no longer.
ARCHIVE_NOTIFY_SECONDS = 10.0
# A harvest complains of less free disk than this, and of servers' clocks that differ by so many seconds (0: never).
ARCHIVE_DISK_LEAST = 2_000_000_000
ARCHIVE_CLOCK_SKEW = 300.0
# logs/harvest.log: bytes of a file (0: none is written), and how many older ones stay.
ARCHIVE_LOG_BYTES = 10_000_000
ARCHIVE_LOG_FILES = 9
ARCHIVE_WORKERS = 2
ARCHIVE_PAGE_SECONDS = 30.0
# Bytes that a run leaves free on the disk of the data folder.
ARCHIVE_DISK_RESERVE = os.environ.get("ARCHIVE_DISK_RESERVE", "").strip() or 1_000_000_000

USER_AGENT = f"baotinh/{version('baotinh')} (archive of the provincial press; {ARCHIVE_CONTACT or 'no contact given'})"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "vi",
    # No zstd: replay tools cannot read it from a WARC.
    "Accept-Encoding": "gzip, br",
}

# One request at a time and one a second for each host; several portals are crawled side by side.
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# Scrapy starts so many tasks for every response, whatever came of it; a page gives one item, a listing only requests.
CONCURRENT_ITEMS = 4
DOWNLOAD_DELAY = 1.0
# A delay that varies would be shorter than the promised one half of the time.
DOWNLOAD_DELAY_JITTER = 0
# A server is at work for us no more than this share of the time.
ARCHIVE_LOAD = 0.5
# Seconds: the longest delay that a robots.txt or a slow server gets; how long a host is held at most before it is
# parked instead; the first wait after an answer 429 or 503 without Retry-After; how long a host is parked that
# answered so ARCHIVE_PATIENCE times in a row.
ARCHIVE_MAX_DELAY = 120.0
ARCHIVE_MAX_WAIT = 300.0
ARCHIVE_BACK_OFF = 10.0
ARCHIVE_PARKING = 3600.0
ARCHIVE_PATIENCE = 4
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
REDIRECT_MAX_TIMES = 10
RETRY_TIMES = 2
# 429 and 503 are asked again when the server wants it.
RETRY_HTTP_CODES = [500, 502, 504, 522, 524, 408]
# A proxy would hide which address is connected to, and what crossed the wire.
HTTPPROXY_ENABLED = False

DOWNLOAD_HANDLERS = {
    "http": "pipelines.capture.handler.CapturingDownloadHandler",
    "https": "pipelines.capture.handler.CapturingDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES = {
    # Scrapy's own lets concurrent first requests past robots.txt.
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapers.middlewares.guard.GuardMiddleware": 80,
    "scrapers.middlewares.purged.PurgedMiddleware": 90,
    "scrapers.middlewares.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapers.middlewares.guard.BoundedCompressionMiddleware": 590,
}
EXTENSIONS = {
    "pipelines.run.RunExtension": 0,
    "scrapers.reporting.RunReports": 5,
    "scrapers.images.ArticleImages": 10,
}
ITEM_PIPELINES = {
    "pipelines.stages.ExtractPages": 100,
}

COOKIES_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
