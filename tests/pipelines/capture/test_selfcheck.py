"""The check at the start: it passes here, and names whatever moved before anything is fetched."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy.core.downloader.handlers import http11
from scrapy.settings import Settings
from twisted.web import _newclient
from twisted.web.client import HTTPConnectionPool

from archive.errors import UsageError
from pipelines.capture import tap
from pipelines.capture.selfcheck import check_capture, self_check
from tests.acceptance.crawling import scrapy


def test_it_passes_with_the_installed_versions() -> None:
    self_check()


def _takes_more(self: Any, key: Any, endpoint: Any, more: Any) -> None:
    """A method that has changed its mind."""


class _Deaf(tap.TappedProtocol):
    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data.replace(b"ok", b"no"))


class _Talkative(tap.TappedProtocol):
    def request(self, request: Any) -> Any:
        self.transport.write(b"X")
        return super().request(request)


def _changes() -> Iterator[tuple[object, str, object, str]]:
    yield HTTPConnectionPool, "getConnection", _takes_more, "HTTPConnectionPool.getConnection takes self, key, endpoint"
    yield HTTPConnectionPool, "_factory", None, "HTTPConnectionPool has no _factory"
    yield http11, "_LenientHTTP11ClientProtocol", None, "_LenientHTTP11ClientProtocol"
    yield http11.HTTP11DownloadHandler, "__init__", lambda self, crawler: None, "has no _contextFactory, _pool"
    yield _newclient.HTTP11ClientProtocol, "_finishResponse", lambda self, rest: None, ""
    yield tap, "TappedProtocol", _Deaf, "come in"
    yield tap, "TappedProtocol", _Talkative, "go out"


@pytest.mark.parametrize("change", list(_changes()), ids=lambda change: change[1])
def test_what_moved_is_named(monkeypatch: pytest.MonkeyPatch, change: tuple[Any, str, Any, str]) -> None:
    owner, name, value, word = change
    if value is None:
        monkeypatch.delattr(owner, name)
        monkeypatch.delitem(__import__("sys").modules, "pipelines.capture.tap")
    else:
        monkeypatch.setattr(owner, name, value)
    if name == "_finishResponse":
        # Ours calls it; without it a response never ends.
        monkeypatch.setattr(tap.TappedProtocol, name, lambda self, rest: None)
    with pytest.raises(UsageError, match=r"requirements\.lock") as raised:
        self_check()
    assert word in str(raised.value)


def test_a_compressor_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(UsageError, match="ARCHIVE_COMPRESSOR"):
        check_capture(Settings({"ARCHIVE_COMPRESSOR": "lzma"}))


def test_a_crawl_does_not_begin(tmp_path: Path) -> None:
    done = scrapy("crawl", "baocaobang", "-s", "ARCHIVE_COMPRESSOR=lzma", data=tmp_path)
    assert done.code == 2
    assert "lzma" in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "warc").exists()
