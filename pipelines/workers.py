"""Extraction in worker processes: a page that crashes or hangs a worker costs that page only."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from datetime import datetime
from multiprocessing import get_context
from typing import Any

from pebble import ProcessExpired, ProcessPool

from archive.memory import collect_seldom
from archive.model import Extraction
from pipelines.extract import EXTRACTOR, EXTRACTOR_VERSION, extract
from pipelines.page import Page
from pipelines.rules import Rules

logger = logging.getLogger(__name__)
_NEW_POOLS = 3


def no_article(rules: Rules, reason: str) -> Extraction:
    """The extraction of a page that is no article, for ``reason``."""
    return Extraction(None, reason, rules.rule_id, EXTRACTOR, EXTRACTOR_VERSION)


def extract_block(rules: Rules, url: str, block: bytes, fetched: datetime) -> Extraction:
    """Extract a WARC response block: the one path that live crawl, verification and rebuild all take."""
    page = Page.from_response(url, block, fetched)
    return extract(page, rules) if page else no_article(rules, "no-http-response")


class Workers:
    """A pool of extraction processes with a time limit a page.

    ``count`` processes; ``timeout`` in seconds of wall clock. The processes are started with ``spawn``: the
    crawler has threads and an event loop that a forked child must not inherit.
    """

    def __init__(self, count: int = 2, timeout: float = 30.0) -> None:
        self._count = count
        self._timeout = timeout
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(self._count, max_tasks=5000, initializer=collect_seldom, context=get_context("spawn"))

    async def extract(self, rules: Rules, url: str, block: bytes, fetched: datetime) -> Extraction:
        """Extract in a worker; a crash or a hang gives ``not an article`` with the reason ``crash`` or ``timeout``."""
        try:
            return await self._survive(rules, url, block, fetched)
        except TimeoutError:
            logger.error("no result after %.0f s from %s", self._timeout, url)  # noqa: TRY400 - the trace says nothing
            return no_article(rules, "timeout")
        except ProcessExpired:
            logger.error("a worker died of %s", url)  # noqa: TRY400
            return no_article(rules, "crash")
        except Exception:  # whatever a hostile page provokes costs that page only
            logger.exception("the extractor failed on %s", url)
            return no_article(rules, "error")

    async def _survive(self, *arguments: Any) -> Extraction:
        """Extract; where idle workers died, which breaks the pool, that is no page's fault and it is tried anew."""
        for _ in range(_NEW_POOLS):
            with suppress(BrokenProcessPool):
                return await asyncio.wrap_future(self._schedule(*arguments))
        return await asyncio.wrap_future(self._schedule(*arguments))

    def _schedule(self, *arguments: Any) -> Future[Extraction]:
        """Hand a page to the pool; one that broke down is replaced first."""
        if not self._pool.active:
            logger.error("the extraction pool broke down and is started anew")
            self._pool = self._new_pool()
        future: Future[Extraction] = self._pool.schedule(extract_block, args=arguments, timeout=self._timeout)
        return future

    def close(self) -> None:
        """Stop the processes once their work is done."""
        self._pool.close()
        self._pool.join()


_hired: list[tuple[Workers, int]] = []


def hire(count: int, timeout: float) -> Workers:
    """The workers of this process, shared by all its crawlers; the first to ask sets their number and limit."""
    if _hired:
        workers, users = _hired.pop()
    else:
        workers, users = Workers(count, timeout), 0
    _hired.append((workers, users + 1))
    return workers


def release(workers: Workers) -> None:
    """Give back hired workers; when nobody holds them any more they stop."""
    _, users = _hired.pop()
    if users > 1:
        _hired.append((workers, users - 1))
    else:
        workers.close()
