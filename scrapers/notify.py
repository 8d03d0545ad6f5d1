"""Telling others how a harvest went: spidermon actions, each bounded in time; one that fails is logged and no more."""

from __future__ import annotations

import json
import logging
import smtplib
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from spidermon import Action, SkipAction

from archive.errors import UsageError
from archive.files import write_whole
from archive.layout import DataFolder
from archive.metrics import metrics_page
from archive.runs import RunReport
from scrapers.harvest import CODES, GOOD

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

_TEXT: Final = "text/plain; charset=utf-8"
_MOST_TEXT: Final = 50_000
# Telegram refuses longer ones.
_MOST_CHAT: Final = 4000
_SUMMARY: Final = (
    "run_id",
    "portal",
    "started",
    "seconds",
    "exit_code",
    "found",
    "fetched",
    "missed",
    "articles_new",
    "articles_changed",
    "articles_gone",
    "errors",
    "warc_bytes",
    "problems",
)


@dataclass(slots=True)
class Harvest:
    """What there is to tell of a harvest: its folder, the reports of its portals, exit code, problems of its own."""

    folder: DataFolder
    reports: list[RunReport]
    code: int
    problems: list[str] = field(default_factory=list)

    @property
    def subject(self) -> str:
        """The harvest in a line."""
        new = sum(report.articles_new for report in self.reports)
        bad = sum(report.exit_code != GOOD for report in self.reports)
        trouble = f", {bad} with problems" if bad else ""
        return f"baotinh: {CODES[self.code]} ({self.code}); {len(self.reports)} portals{trouble}, {new} new articles"

    @property
    def text(self) -> str:
        """The harvest and all its problems, a line each."""
        own = [f"harvest: {problem}" for problem in self.problems]
        portals = [f"{report.portal}: {problem}" for report in self.reports for problem in report.problems]
        return "\n".join([self.subject, *own, *portals])[:_MOST_TEXT]

    def as_json(self) -> dict[str, Any]:
        """The harvest for programs."""
        portals = [{name: getattr(report, name) for name in _SUMMARY} for report in self.reports]
        said = {
            "exit_code": self.code,
            "meaning": CODES[self.code],
            "ended": datetime.now(UTC).isoformat("T", "seconds"),
        }
        return {**said, "problems": self.problems, "portals": portals}


class Notifier(Action):
    """One way to tell of a harvest; ``settings`` are Scrapy's, ``tells`` whether they ask for it."""

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__()
        self.settings = settings

    @classmethod
    def from_crawler_kwargs(cls, crawler: Any) -> dict[str, Any]:
        """What spidermon builds it with: anything that has settings."""
        return {"settings": crawler.settings}

    def tells(self, harvest: Harvest) -> bool:
        """Whether this harvest is told."""
        raise NotImplementedError

    def tell(self, harvest: Harvest) -> None:
        """Tell it."""
        raise NotImplementedError

    def run_action(self) -> None:
        """Tell the harvest in ``data`` in a thread, for so long as the settings allow."""
        harvest = self.data.harvest
        if not self.tells(harvest):
            raise SkipAction("not asked for")
        bounded(lambda: self.tell(harvest), self.settings.getfloat("ARCHIVE_NOTIFY_SECONDS"))


class Ping(Notifier):
    """A healthchecks-style ping: the address itself when all is good, else with ``/<exit code>`` or ``/fail``."""

    def tells(self, harvest: Harvest) -> bool:
        """Always, if there is an address."""
        return bool(self.settings["ARCHIVE_PING_URL"])

    def tell(self, harvest: Harvest) -> None:
        """Ping with the problems as the body, which such services show."""
        bad = f"/{harvest.code}" if self.settings.getbool("ARCHIVE_PING_CODES") else "/fail"
        end = "" if harvest.code == GOOD else bad
        post(self.settings["ARCHIVE_PING_URL"].rstrip("/") + end, harvest.text.encode(), _TEXT)


class Webhook(Notifier):
    """A POST of JSON: exit code, problems, the portals' figures."""

    def tells(self, harvest: Harvest) -> bool:
        """Always, if there is an address."""
        return bool(self.settings["ARCHIVE_WEBHOOK_URL"])

    def tell(self, harvest: Harvest) -> None:
        """Post it."""
        body = json.dumps(harvest.as_json(), ensure_ascii=False).encode()
        post(self.settings["ARCHIVE_WEBHOOK_URL"], body, "application/json")


class Mail(Notifier):
    """An e-mail, when not all was good."""

    def tells(self, harvest: Harvest) -> bool:
        """When there are recipients and a problem."""
        return bool(self.settings["ARCHIVE_MAIL_TO"]) and harvest.code != GOOD

    def tell(self, harvest: Harvest) -> None:
        """Send it through the server of ``ARCHIVE_SMTP_URL``; ``smtp`` turns to TLS if the server offers it."""
        message = EmailMessage()
        message["Subject"] = harvest.subject
        message["To"] = self.settings["ARCHIVE_MAIL_TO"]
        message["From"] = self.settings["ARCHIVE_MAIL_FROM"] or self.settings["ARCHIVE_MAIL_TO"].partition(",")[0]
        message.set_content(harvest.text)
        server = urlsplit(self.settings["ARCHIVE_SMTP_URL"])
        with _mailer(server, self.settings.getfloat("ARCHIVE_NOTIFY_SECONDS")) as client:
            if server.username:
                client.login(unquote(server.username), unquote(server.password or ""))
            client.send_message(message)


class Telegram(Notifier):
    """A message of a Telegram bot, when not all was good."""

    def tells(self, harvest: Harvest) -> bool:
        """When there are a token, a chat and a problem."""
        known = self.settings["ARCHIVE_TELEGRAM_TOKEN"] and self.settings["ARCHIVE_TELEGRAM_CHAT"]
        return bool(known) and harvest.code != GOOD

    def tell(self, harvest: Harvest) -> None:
        """Send it as plain text: portals' words must not be read as markup."""
        url = f"{self.settings['ARCHIVE_TELEGRAM_API']}/bot{self.settings['ARCHIVE_TELEGRAM_TOKEN']}/sendMessage"
        message = {"chat_id": self.settings["ARCHIVE_TELEGRAM_CHAT"], "text": harvest.text[:_MOST_CHAT]}
        post(url, json.dumps(message).encode(), "application/json")


class Metrics(Notifier):
    """A file for Prometheus' textfile collector: the last run of every portal."""

    def tells(self, harvest: Harvest) -> bool:
        """Always, if a file is named."""
        return bool(self.settings["ARCHIVE_METRICS_FILE"])

    def tell(self, harvest: Harvest) -> None:
        """Write it whole."""
        write_whole(Path(self.settings["ARCHIVE_METRICS_FILE"]), [metrics_page(harvest.folder, harvest.code).encode()])


NOTIFIERS: Final[tuple[type[Notifier], ...]] = (Ping, Webhook, Mail, Telegram, Metrics)


def check_notifiers(settings: BaseSettings) -> None:
    """Raise ``UsageError`` for a setting of the notifiers that none of them could follow."""
    schemes = {
        "ARCHIVE_PING_URL": ("https", "http"),
        "ARCHIVE_WEBHOOK_URL": ("https", "http"),
        "ARCHIVE_TELEGRAM_API": ("https", "http"),
        "ARCHIVE_SMTP_URL": ("smtp", "smtps"),
    }
    for name, known in schemes.items():
        value = settings.get(name) or ""
        if value and not _is_address(value, known):
            # The value may hold a secret; it is not repeated.
            raise UsageError(f"{name}: not an address; write one that begins with {known[0]}:// and names a host")
    if bool(settings.get("ARCHIVE_TELEGRAM_TOKEN")) != bool(settings.get("ARCHIVE_TELEGRAM_CHAT")):
        raise UsageError("ARCHIVE_TELEGRAM_TOKEN and ARCHIVE_TELEGRAM_CHAT go together: set both, or none")


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def announce(settings: BaseSettings) -> None:
    """Send the ping that says a harvest begins; it goes out beside it and holds up nothing."""
    url = settings.get("ARCHIVE_PING_URL")
    if url:
        threading.Thread(target=_quietly, args=(f"{url.rstrip('/')}/start",), daemon=True).start()


def _quietly(url: str) -> None:
    try:
        post(url, b"", _TEXT)
    except OSError as error:
        logger.warning("the ping that a harvest begins failed: %s", error)


def bounded(work: Callable[[], None], seconds: float) -> None:
    """Do ``work`` for at most ``seconds``; raises what it raises, and ``TimeoutError`` when it is not done by then."""
    raised: list[BaseException] = []

    def target() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed on to whoever waits
            raised.append(error)

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError(f"no end within {seconds:g} s")
    if raised:
        raise raised[0]


def post(url: str, body: bytes, content_type: str) -> None:
    """POST ``body`` to an http or https address; raises ``OSError`` when it is not taken."""
    if not url.startswith(("http://", "https://")):
        raise OSError("only http and https addresses can be told")
    request = urllib.request.Request(url, body, {"Content-Type": content_type, "User-Agent": "baotinh"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            answer.read(1000)
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(f"answered with status {error.code}") from None


def _mailer(server: SplitResult, seconds: float) -> smtplib.SMTP:
    host = server.hostname or "localhost"
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(host, server.port or 465, timeout=seconds, context=ssl.create_default_context())
    client = smtplib.SMTP(host, server.port or 25, timeout=seconds)
    client.ehlo()
    if client.has_extn("starttls"):
        client.starttls(context=ssl.create_default_context())
    return client
