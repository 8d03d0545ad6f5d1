"""Which addresses of images are asked for, and what the settings may say."""

from __future__ import annotations

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Request
from scrapy.settings import Settings

from archive.captures import capture_row
from archive.errors import UsageError
from archive.model import Exchange, RecordRef
from archive.warc import WrittenExchange
from pipelines.capture.guard import Guard
from scrapers.images import Budget, image_budget, refusal
from scrapers.settings import ARCHIVE_IMAGES_MAX, ARCHIVE_IMAGES_MAX_BYTES

GUARD = Guard({})


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://media.baocaobang.vn/upload/ảnh 1.jpg", None),
        ("http://baocaobang.vn:8080/a.jpg?w=1", None),
        ("https://1.1.1.1/a.jpg", None),
        ("javascript:alert(1)", "scheme"),
        ("data:image/gif;base64," + "R0" * 4000, "scheme"),
        ("ftp://baocaobang.vn/a.jpg", "scheme"),
        ("/a.jpg", "scheme"),
        ("https://baocaobang.vn/" + "a" * 2083, "overlong"),
        ("https:///a.jpg", "unreadable"),
        ("https://baocaobang.vn:port/a.jpg", "unreadable"),
        ("https://baocaobang.vn:0/a.jpg", "unreadable"),
        ("https://[::1/a.jpg", "unreadable"),
        ("http://localhost/a.jpg", "private address"),
        ("http://127.0.0.1:631/a.jpg", "private address"),
        ("http://[::1]/a.jpg", "private address"),
        ("http://[::ffff:10.0.0.1]/a.jpg", "private address"),
        ("http://192.168.1.1/a.jpg", "private address"),
        ("http://169.254.169.254/latest/meta-data", "private address"),
        ("http://2130706433/a.jpg", "private address"),
        ("http://0x7f.1/a.jpg", "private address"),
        ("http://127.1./a.jpg", "private address"),
    ],
)
def test_addresses(url: str, reason: str | None) -> None:
    assert refusal(url, GUARD) == reason


def test_a_portal_on_this_machine_may_have_images() -> None:
    guard = Guard({}, ("127.0.0.1", 8000))
    assert refusal("http://127.0.0.1:8000/a.jpg", guard) is None
    assert refusal("http://127.0.0.1:22/a.jpg", guard) == "private address"
    assert refusal("http://127.0.0.2:8000/a.jpg", guard) == "private address"


_HOSTS = st.text(string.ascii_letters + string.digits + ".-_:@[]%ảđ\u2024\uff0e \x00", max_size=80)


@given(st.one_of(st.text(max_size=60), st.builds("http://{}/{}".format, _HOSTS, st.text(max_size=20))))
def test_whatever_is_asked_for_can_be_archived(url: str) -> None:
    if refusal(url, GUARD) is not None:
        return
    address = Request(url).url.partition("#")[0]
    ref = RecordRef("a.warc.gz", 0, 1, "<urn:uuid:0>")
    exchange = Exchange(address, datetime.now(UTC), b"", b"")
    row = capture_row(exchange, WrittenExchange(ref, None, None, None), "baocaobang", "run")
    assert row["url_surtkey"]
    assert row["url_host_name"]


def _settings(**values: object) -> Settings:
    given = {"ARCHIVE_IMAGES_MAX": ARCHIVE_IMAGES_MAX, "ARCHIVE_IMAGES_MAX_BYTES": ARCHIVE_IMAGES_MAX_BYTES}
    return Settings({"ARCHIVE_IMAGES": False, **given, **values})


@pytest.mark.parametrize("off", [False, "0", "False", 0])
def test_images_are_off(off: object) -> None:
    assert image_budget(_settings(ARCHIVE_IMAGES=off)) is None


def test_the_budget() -> None:
    assert image_budget(_settings(ARCHIVE_IMAGES="1")) == Budget(2000, 1_000_000_000)
    assert image_budget(_settings(ARCHIVE_IMAGES="1", ARCHIVE_IMAGES_MAX="7")) == Budget(7, 1_000_000_000)


@pytest.mark.parametrize("name", ["ARCHIVE_IMAGES_MAX", "ARCHIVE_IMAGES_MAX_BYTES"])
@pytest.mark.parametrize("value", ["0", "-1", "1e9", "viele", "", None, 1.5])
def test_bad_limits(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"{name}=.*write {name}=1000"):
        image_budget(_settings(**{name: value}))


def test_a_bad_switch() -> None:
    with pytest.raises(UsageError, match="ARCHIVE_IMAGES=yes: write 1"):
        image_budget(_settings(ARCHIVE_IMAGES="yes"))
