from __future__ import annotations

import pytest

from archive.errors import UsageError
from pipelines.capture.route import destination, is_loopback, parse_connect_to, require_contact


def test_routes_lead_names_elsewhere() -> None:
    routes = parse_connect_to("baocaobang.vn:443:127.0.0.1:8443, BaoLangSon.vn:80:127.0.0.1:8080")
    assert destination("https://baocaobang.vn/a", routes) == ("127.0.0.1", 8443)
    assert destination("http://baolangson.vn/", routes) == ("127.0.0.1", 8080)
    assert destination("http://baocaobang.vn/", routes) == ("baocaobang.vn", 80)
    assert parse_connect_to("") == {}


@pytest.mark.parametrize("text", ["baocaobang.vn", "a:b:c:d", "a.vn:443:127.0.0.1", "a.vn:443:127.0.0.1:x"])
def test_a_wrong_route_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="HOST:PORT:ADDRESS:PORT"):
        parse_connect_to(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "a.localhost"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)
    require_contact(f"http://{f'[{host}]' if ':' in host else host}/", {}, None)


@pytest.mark.parametrize("host", ["baocaobang.vn", "10.0.0.1", "localhost.evil.vn", "2130706433", "0.0.0.0"])
def test_strangers_need_a_contact(host: str) -> None:
    with pytest.raises(UsageError, match="ARCHIVE_CONTACT"):
        require_contact(f"http://{host}/", {}, "")
    require_contact(f"http://{host}/", {}, "kho@example.org")
