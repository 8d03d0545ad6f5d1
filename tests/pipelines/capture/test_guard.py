"""Addresses that a page may not send us to: by their text, by what a name resolves to, and at every hop."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.capture.guard import DEEPEST_PATH, LONGEST_URL, MOST_REPEATED, Guard, is_public
from tests.pipelines.capture.rawserver import RawServer, Script
from tests.replica.tls import server_context
from tests.scrapers.visiting import visit

PRIVATE = [
    "127.0.0.1", "127.0.0.2", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "0.1.2.3", "192.0.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_not_in_any_form(address: str) -> None:
    v4 = int(IPv4Address(address))
    assert not is_public(address)
    assert not is_public(f"::ffff:{address}")
    assert not is_public(f"::{address}")
    assert not is_public(str(IPv6Address((0x64FF9B << 96) + v4)))
    assert not is_public(str(IPv6Address((0x2002 << 112) + (v4 << 80) + 1)))
    assert not is_public(str(IPv6Address((0x20010000 << 96) + (v4 ^ 0xFFFFFFFF))))
    assert Guard({}).fault(f"http://{address}/") == "private address"
    assert Guard({}).fault(f"http://[::ffff:{address}]/") == "private address"


@pytest.mark.parametrize(
    "address",
    ["::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "64:ff9b:1::1"],
)
def test_what_is_not_public_in_ipv6(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "113.160.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"]
)
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_ipv6(address: IPv4Address) -> None:
    for form in (f"::ffff:{address}", str(IPv6Address((0x64FF9B << 96) + int(address)))):
        assert is_public(form) == is_public(str(address))


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost.", "a.localhost", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.1", "127.1.",
        "16843009", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1]",
    ],
)  # fmt: skip
def test_names_and_numbers_of_this_machine(host: str) -> None:
    assert Guard({}).fault(f"http://{host}:8000/a") == "private address"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://baocaobang.vn/2026/11/11/11/tin-1.html", None),
        ("https://baocaobang.vn/" + "a/" * MOST_REPEATED, None),
        ("https://baocaobang.vn/" + "a/b/" * (MOST_REPEATED + 1), "repeated segment"),
        ("https://baocaobang.vn/" + "/".join(map(str, range(DEEPEST_PATH))), None),
        ("https://baocaobang.vn/" + "/".join(map(str, range(DEEPEST_PATH + 1))), "too deep"),
        ("https://baocaobang.vn/?a=" + "x" * (LONGEST_URL - 25), None),
        ("https://baocaobang.vn/?a=" + "x" * (LONGEST_URL - 24), "overlong"),
        ("ftp://baocaobang.vn/a", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("https://baocaobang.vn:0/", "unreadable"),
        ("https://[baocaobang.vn/", "unreadable"),
    ],
)
def test_addresses(url: str, reason: str | None) -> None:
    assert Guard({}).fault(url) == reason


def test_what_the_operator_named_may_be_private() -> None:
    guard = Guard({("kho.example.vn", 443): ("127.0.0.1", 8443)}, ("127.0.0.1", 8000))
    assert guard.trusts(("kho.example.vn", 443))
    assert guard.fault("http://127.0.0.1:8000/") is None
    assert guard.fault("http://127.0.0.1:22/") == "private address"


# The names of this test. The public internet of this process is its own server on 127.0.0.1.
_DNS = """
from scrapy.utils.reactor import install_reactor
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from twisted.internet import defer, reactor
from twisted.names import client, common, dns, server

NAMES = {b"trong-nha.example.vn": ["127.0.0.2"], b"mang-rieng.example.vn": ["10.0.0.1"],
    b"doi.example.vn": ["1.1.1.1", "127.0.0.2"], b"ngoai.example.vn": ["1.1.1.1"]}

class Names(common.ResolverBase):
    def _lookup(self, name, cls, kind, timeout):
        # A name that is an address stands for itself.
        answers = NAMES.get(name) or [name.decode()]
        address = answers.pop(0) if len(answers) > 1 else answers[0]
        record = dns.RRHeader(name, dns.A, dns.IN, 0, dns.Record_A(address, 0))
        return defer.succeed(([record], [], []))

class LoopbackDns:
    def __init__(self, reactor):
        self.reactor = reactor
    @classmethod
    def from_crawler(cls, crawler, reactor):
        return cls(reactor)
    def install_on_reactor(self):
        asked = dns.DNSDatagramProtocol(server.DNSServerFactory(clients=[Names()]))
        port = self.reactor.listenUDP(0, asked, interface="127.0.0.1").getHost().port
        self.reactor.installResolver(client.Resolver(servers=[("127.0.0.1", port)], timeout=(2,)))

connect, connected = reactor.connectTCP, []
def watched(host, *arguments, **named):
    connected.append(host)
    assert host in ("127.0.0.1", "1.1.1.1"), host
    return connect("127.0.0.1", *arguments, **named)
reactor.connectTCP = watched
settings.set("TWISTED_DNS_RESOLVER", LoopbackDns, 40)
import atexit
atexit.register(lambda: print("connected to", sorted(set(connected)), file=sys.stderr))
"""


@contextmanager
def _counting(address: str, port: int) -> Iterator[list[int]]:
    """A listener that counts who connects."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, port), family=family) as listener:
        connections: list[int] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connections.append(1)
                connection.close()

        threading.Thread(target=accept, daemon=True).start()
        yield connections
        listener.shutdown(socket.SHUT_RDWR)


def _moved(location: str) -> Script:
    return Script((f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode(),))


def test_no_redirect_leads_into_this_machine(tmp_path: Path) -> None:
    nothing = Script((b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",), close=True)
    scripts = {"/robots.txt": nothing, "/bi-mat": Script((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",))}
    with RawServer(scripts) as server:
        port = server.port
        hosts = {
            "/to-2": f"127.0.0.2:{port}",
            "/to-metadata": "169.254.169.254",
            "/to-v6": f"[::1]:{port}",
            "/to-decimal": f"2130706433:{port}",
            "/to-name": f"trong-nha.example.vn:{port}",
            "/to-network": f"mang-rieng.example.vn:{port}",
            "/to-rebound": f"doi.example.vn:{port}",
        }
        scripts.update({path: _moved(f"http://{host}/bi-mat") for path, host in hosts.items()})
        scripts["/to-hops"] = _moved("http://cong.example.vn/to-2")
        with _counting("127.0.0.2", port) as v4, _counting("::1", port) as v6:
            done = visit(
                [f"http://cong.example.vn{path}" for path in (*hosts, "/to-hops")],
                tmp_path,
                connect_to=f"cong.example.vn:80:127.0.0.1:{port}",
                settings={"DOWNLOAD_DELAY": 0},
                before=_DNS,
            )
    assert (v4, v6) == ([], [])
    assert "/bi-mat" not in server.requests
    assert set(done.came.values()) == {"private address"}
    assert len(done.came) == 8
    # The name that changed its mind was asked for its robots.txt at its public address.
    assert "connected to ['1.1.1.1', '127.0.0.1']" in done.log
    assert any(b"Host: doi.example.vn" in request for request in server.requests["/robots.txt"])
    # The name's robots.txt is refused first, and what waits for it with it.
    assert done.counted("guard/") == {"private address": 10}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_public_name_is_connected_and_a_private_one_is_not(tmp_path: Path, scheme: str) -> None:
    ok = Script((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",))
    tls = server_context(("ngoai.example.vn",)) if scheme == "https" else None
    with RawServer({"/robots.txt": ok, "/a": ok}, tls) as server, _counting("127.0.0.2", server.port) as beside:
        outside, inside = (f"{scheme}://{name}.example.vn:{server.port}" for name in ("ngoai", "trong-nha"))
        urls = [f"{outside}/a", f"{inside}/a"]
        done = visit(urls, tmp_path, home=outside, settings={"DOWNLOAD_DELAY": 0}, before=_DNS)
    assert done.came == {f"{outside}/a": 200, f"{inside}/a": "private address"}
    assert beside == []
    assert "connected to ['1.1.1.1']" in done.log


def test_a_portal_on_this_machine_is_crawled_and_nothing_beside_it(tmp_path: Path) -> None:
    ok = Script((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",))
    with RawServer({"/robots.txt": ok, "/a": ok}) as server, _counting("127.0.0.2", server.port) as beside:
        home, other = f"http://127.0.0.1:{server.port}", f"http://127.0.0.2:{server.port}"
        done = visit([f"{home}/a", f"{other}/a"], tmp_path, home=home, settings={"DOWNLOAD_DELAY": 0})
    assert done.came == {f"{home}/a": 200, f"{other}/a": "private address"}
    assert beside == []
