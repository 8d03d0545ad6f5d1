"""The project's settings without the second between requests: the portals of these tests are our own."""

from scrapers.settings import *  # noqa: F403

DOWNLOAD_DELAY = 0
RETRY_TIMES = 0
