"""Checks before the first packet: arguments, routes, and whether strangers can tell who is calling."""

from __future__ import annotations

from typing import Any

from pipelines.capture.route import parse_connect_to, require_contact
from pipelines.capture.selfcheck import check_capture
from scrapers.images import image_budget
from scrapers.notify import check_notifiers
from scrapers.registry import portal_classes, spider_for
from scrapers.spider import PortalSpider

Task = tuple[type[PortalSpider], dict[str, str]]


def check(targets: list[str], arguments: dict[str, str], settings: Any) -> list[Task]:
    """The class and arguments that crawl each target; raises ``UsageError`` for whatever would stop one later."""
    check_capture(settings)
    image_budget(settings)
    check_notifiers(settings)
    routes = parse_connect_to(settings.get("ARCHIVE_CONNECT_TO") or "")
    tasks = [_task(target, arguments) for target in targets]
    for spider in [cls(**own) for cls, own in tasks]:
        require_contact(spider.root, routes, settings.get("ARCHIVE_CONTACT"))
    return tasks


def _task(target: str, arguments: dict[str, str]) -> Task:
    known = portal_classes().get(target)
    cls, own = (known, {}) if known else spider_for(target)
    return cls, {**own, **arguments}
