"""The replica server over raw sockets: framing, limits, faults, and the wire log against what a client received."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.replica.client import Connection, Received, connected, request_bytes
from tests.replica.server import ReplicaServer
from tests.replica.site import Answer, Fault, Request, Site
from tests.replica.wire import Sent, read_log

HOST = "bao.example"
ALL = "gzip, br"
PAGE = "<html><body>" + "".join(f"<p>Đoạn văn thứ {number} của trang.</p>" for number in range(400)) + "</body></html>"


class Pages(Site):
    """Any number of pages at /1, /2 …, each different."""

    host = HOST
    aliases = ("www.bao.example",)
    scheme = "both"
    brotli = True

    def route(self, request: Request) -> Answer | None:
        if request.path == "/tagged":
            return Answer(200, b"x" * 500, headers=(("ETag", '"1"'),))
        name = request.path.removeprefix("/")
        return Answer(200, PAGE.replace("văn", f"văn {name}").encode()) if name.isdigit() else None


@pytest.fixture
def site() -> Pages:
    return Pages()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "wire.log"


@pytest.fixture
def server(site: Pages, log: Path) -> Iterator[ReplicaServer]:
    with ReplicaServer([site], log) as running:
        yield running


@pytest.fixture
def plain(server: ReplicaServer) -> Iterator[Connection]:
    with connected(server, HOST, "http") as connection:
        yield connection


def body_of(number: int) -> bytes:
    return PAGE.replace("văn", f"văn {number}").encode()


def pages(server: ReplicaServer, count: int, scheme: str = "http", **headers: str) -> list[Received]:
    """The first ``count`` pages, each on a connection of its own."""
    received = []
    for number in range(1, count + 1):
        with connected(server, HOST, scheme) as connection:
            received.append(connection.ask(HOST, f"/{number}", **headers))
    return received


def test_every_framing_and_coding_gives_the_page(server: ReplicaServer) -> None:
    received = pages(server, 100, Accept_Encoding=ALL)
    assert [page.body for page in received] == [body_of(number) for number in range(1, 101)]
    framings = {page.header("Transfer-Encoding") or bool(page.header("Content-Length")) for page in received}
    assert framings == {"chunked", True, False}
    assert {page.header("Content-Encoding") for page in received} == {"", "gzip", "br"}
    assert {page.header("Connection") for page in received} == {"close", "keep-alive"}
    assert any(b";portal=replica\r\n" in page.raw for page in received)
    assert any(page.raw.endswith(b"X-Render-Time: 12\r\n\r\n") for page in received)


def test_the_same_address_is_framed_the_same_way(server: ReplicaServer) -> None:
    def shapes() -> list[tuple[str, ...]]:
        names = ("Content-Encoding", "Transfer-Encoding", "Content-Length", "Connection")
        return [tuple(map(page.header, names)) for page in pages(server, 20, Accept_Encoding="gzip")]

    assert shapes() == shapes()


def test_codings_the_client_did_not_offer_are_not_used(server: ReplicaServer) -> None:
    assert {page.header("Content-Encoding") for page in pages(server, 40)} == {""}
    assert {page.header("Content-Encoding") for page in pages(server, 40, Accept_Encoding="gzip")} == {"", "gzip"}


def test_an_old_client_gets_no_chunks(server: ReplicaServer) -> None:
    received = []
    for number in range(1, 30):
        with connected(server, HOST, "http") as connection:
            received.append(connection.ask(HOST, f"/{number}", version="HTTP/1.0"))
    assert {page.header("Transfer-Encoding") for page in received} == {""}
    assert {page.header("Connection") for page in received} == {"close"}
    assert [page.body for page in received] == [body_of(number) for number in range(1, 30)]


def staying(server: ReplicaServer) -> list[int]:
    """Pages whose connection stays open."""
    received = pages(server, 40)
    return [number for number, page in enumerate(received, 1) if page.header("Connection") == "keep-alive"]


def test_a_connection_serves_many_requests(server: ReplicaServer, plain: Connection) -> None:
    numbers = staying(server)
    assert len(numbers) > 30
    assert [plain.ask(HOST, f"/{number}").body for number in numbers] == [body_of(number) for number in numbers]


def test_pipelined_requests_are_answered_in_order(server: ReplicaServer, plain: Connection) -> None:
    numbers = staying(server)[:5]
    plain.send(b"".join(request_bytes(HOST, f"/{number}") for number in numbers))
    assert [plain.read().body for _ in numbers] == [body_of(number) for number in numbers]


def test_head_is_the_head_alone(server: ReplicaServer) -> None:
    with connected(server, HOST) as connection:
        asked = connection.ask(HOST, "/3", method="HEAD")
        followed = connection.ask(HOST, "/3")
    without_date = [[pair for pair in page.headers if pair[0] != "Date"] for page in (asked, followed)]
    assert without_date[0] == without_date[1]
    assert asked.raw.endswith(b"\r\n\r\n")
    assert asked.body == b""


def test_unchanged_pages_answer_304(plain: Connection) -> None:
    assert plain.ask(HOST, "/tagged", If_None_Match='"1"').status == 304
    assert plain.ask(HOST, "/tagged", If_None_Match='"2"').status == 200


def test_what_lies_nowhere_is_404_and_what_nobody_serves_421(plain: Connection) -> None:
    assert plain.ask(HOST, "/nothing").status == 404
    assert plain.ask("other.example", "/1").status == 421


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"HELLO\r\n\r\n", 400),
        (b"GET /1 HTTP/1.1\r\nno colon here\r\n\r\n", 400),
        (request_bytes(HOST, "/1", "DELETE"), 405),
        (request_bytes(HOST, "/1", "POST", Content_Length="99999999"), 413),
        (request_bytes(HOST, "/1", Cookie="x" * 70_000), 431),
    ],
)
def test_requests_out_of_bounds_are_refused_and_the_connection_ends(
    plain: Connection, request_: bytes, status: int
) -> None:
    plain.send(request_)
    assert plain.read().status == status


def test_a_posted_body_is_read_and_logged(server: ReplicaServer, plain: Connection, log: Path) -> None:
    plain.send(request_bytes(HOST, "/nothing", "POST", Content_Length="5") + b"hello")
    assert plain.read().status == 404
    assert [sent.request[-5:] for sent in read_log(log)] == [b"hello"]


def test_a_silent_connection_is_closed(site: Pages) -> None:
    with ReplicaServer([site], idle=0.1) as server, connected(server, HOST, "http") as connection:
        started = time.monotonic()
        assert connection.read() == Received(b"", 0, (), b"")
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_log_holds_what_crossed_the_wire(server: ReplicaServer, log: Path, scheme: str) -> None:
    received = pages(server, 50, scheme, Accept_Encoding=ALL, User_Agent="Trình/1")
    logged = list(read_log(log))
    assert [sent.response for sent in logged] == [page.raw for page in received]
    expected = [request_bytes(HOST, f"/{number}", Accept_Encoding=ALL, User_Agent="Trình/1") for number in range(1, 51)]
    assert [sent.request for sent in logged] == expected
    assert [sent.url for sent in logged] == [f"{scheme}://{HOST}/{number}" for number in range(1, 51)]
    assert all(sent.started <= sent.ended and abs(sent.wall - time.time()) < 60 for sent in logged)


def test_a_torn_log_gives_its_whole_records(server: ReplicaServer, log: Path) -> None:
    pages(server, 3)
    whole: list[Sent] = list(read_log(log))
    log.write_bytes(log.read_bytes()[:-10])
    assert list(read_log(log)) == whole[:2]


def test_fetches_are_counted_per_address(server: ReplicaServer, plain: Connection) -> None:
    for target in ("/1", "/1?a=1", "/1"):
        plain.ask(HOST, target)
    assert server.counts == {f"http://{HOST}/1": 2, f"http://{HOST}/1?a=1": 1}


def test_a_fault_answers_its_status_as_often_as_told(site: Pages, plain: Connection) -> None:
    site.faults["/1"] = Fault(status=503, headers=(("Retry-After", "7"),), times=2)
    first = plain.ask(HOST, "/1")
    assert (first.status, first.header("Retry-After")) == (503, "7")
    assert plain.ask(HOST, "/2").status == 200
    assert plain.ask(HOST, "/1").status == 503
    assert plain.ask(HOST, "/1").status == 200


def test_a_fault_may_strike_everything(site: Pages, plain: Connection) -> None:
    site.faults["*"] = Fault(status=500)
    assert [plain.ask(HOST, target).status for target in ("/1", "/robots.txt")] == [500, 500]


def test_a_fault_cuts_the_body(site: Pages, server: ReplicaServer, log: Path) -> None:
    sized = [bool(page.header("Content-Length")) for page in pages(server, 20)]
    target = f"/{sized.index(True) + 1}"
    site.faults[target] = Fault(cut=0.5)
    with connected(server, HOST, "http") as connection:
        part = connection.ask(HOST, target)
    assert int(part.header("Content-Length")) == 2 * len(part.body)
    assert list(read_log(log))[-1].response == part.raw


@pytest.mark.parametrize("fault", [Fault(close=True), Fault(reset=True)])
def test_a_fault_hangs_up(site: Pages, plain: Connection, log: Path, fault: Fault) -> None:
    site.faults["/1"] = fault
    if fault.reset:
        with pytest.raises(ConnectionResetError):
            plain.ask(HOST, "/1")
    else:
        assert plain.ask(HOST, "/1").raw == b""
    assert [sent.response for sent in read_log(log)] == [b""]


def test_a_delay_is_kept(site: Pages, plain: Connection, log: Path) -> None:
    site.delay = 0.1
    site.faults["/1"] = Fault(delay=0.1)
    started = time.monotonic()
    plain.ask(HOST, "/1")
    assert time.monotonic() - started >= 0.2
    assert all(sent.ended - sent.started >= 0.2 for sent in read_log(log))


def test_the_certificate_names_every_host_and_no_other(server: ReplicaServer) -> None:
    with connected(server, "www.bao.example") as connection:
        assert connection.ask("www.bao.example", "/1?a").header("Location") == f"http://{HOST}/1?a"
    with pytest.raises(ssl.SSLCertVerificationError), connected(server, "other.example"):
        pass


def test_connect_to_names_every_host_and_port(server: ReplicaServer) -> None:
    assert server.connect_to.split(",") == [
        f"{host}:{port}:127.0.0.1:{real}"
        for host in (HOST, "www.bao.example")
        for port, real in ((443, server.https_port), (80, server.http_port))
    ]


def test_the_server_runs_as_a_process(tmp_path: Path) -> None:
    ready, log = tmp_path / "ready.json", tmp_path / "wire.log"
    command = [sys.executable, "-m", "tests.replica", "serve", "--sites", "baolangson", "--articles", "6"]
    command += ["--log", str(log), "--ready", str(ready)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    try:
        deadline = time.monotonic() + 15
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        facts = json.loads(ready.read_text())
        assert facts["articles"] == {"baolangson.vn": 6}
        assert f"baolangson.vn:443:127.0.0.1:{facts['https_port']}" in facts["connect_to"].split(",")
        client = ReplicaServer([], ports=(facts["http_port"], facts["https_port"]))
        with connected(client, "baolangson.vn", "http") as connection:
            answer = connection.ask("baolangson.vn", "/chinh-tri")
        assert answer.header("Location") == "https://baolangson.vn/chinh-tri"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert [sent.response for sent in read_log(log)] == [answer.raw]
