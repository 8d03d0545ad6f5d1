"""A loopback HTTP/1.1 server for replica portals that controls, and can log, every byte it sends."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.replica.framing import frame
from tests.replica.site import Answer, Fault, Request, Site
from tests.replica.tls import server_context
from tests.replica.wire import Sent, WireLog

ADDRESS = "127.0.0.1"
_MAX_HEAD = 32 * 1024
_MAX_BODY = 1024 * 1024
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class _Nameless(Site):
    """Answers what reaches the server but no portal."""

    host = ""
    scheme = "both"

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def answer(self, request: Request) -> Answer:
        return Answer(self.status, b"", "text/plain")


class ReplicaServer:
    """Serves ``sites`` by Host header on a plain and a TLS port of 127.0.0.1; unknown hosts get 421.

    As a context manager it runs in a background thread; inside a running loop use ``open`` and ``close``.
    ``log`` is the wire log's path (``None`` = count only), ``idle`` the seconds a silent connection may
    last, ``ports`` the plain and TLS port (0 = any free one).
    """

    def __init__(
        self,
        sites: Sequence[Site],
        log: Path | None = None,
        idle: float = 15.0,
        ports: tuple[int, int] = (0, 0),
    ) -> None:
        self.sites = tuple(sites)
        self.log = WireLog(log)
        self.idle = idle
        self.http_port, self.https_port = ports
        self._by_host = {name: site for site in sites for name in (site.host, *site.aliases)}
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host name served, aliases included."""
        return tuple(self._by_host)

    @property
    def connect_to(self) -> str:
        """Where each host is found: ``HOST:PORT:ADDRESS:PORT`` entries with commas between, as curl's --connect-to."""
        pairs = ((443, self.https_port), (80, self.http_port))
        return ",".join(f"{host}:{port}:{ADDRESS}:{real}" for host in self._by_host for port, real in pairs)

    @property
    def counts(self) -> Counter[str]:
        """How often each absolute URL was asked for."""
        return self.log.counts

    async def open(self) -> None:
        """Listen on both ports."""
        context = server_context(self.hosts)
        plain = await asyncio.start_server(self._plain, ADDRESS, self.http_port, limit=_MAX_HEAD, backlog=1024)
        secure = await asyncio.start_server(
            self._secure, ADDRESS, self.https_port, limit=_MAX_HEAD, backlog=1024, ssl=context
        )
        self._servers = [plain, secure]
        self.http_port = plain.sockets[0].getsockname()[1]
        self.https_port = secure.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening, end open connections, close the log."""
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()
        self.log.close()

    def __enter__(self) -> ReplicaServer:
        ready: threading.Event = threading.Event()
        failure: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, args=(ready, failure), name="replica", daemon=True)
        self._thread.start()
        ready.wait()
        if failure:
            raise failure[0]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self, ready: threading.Event, failure: list[BaseException]) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            self._stop = asyncio.Event()
            try:
                await self.open()
            except OSError as error:
                failure.append(error)
                return
            finally:
                ready.set()
            await self._stop.wait()
            await self.close()

        asyncio.run(main())

    async def _plain(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._connection(reader, writer, "http")

    async def _secure(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._connection(reader, writer, "https")

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, scheme: str) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        # A client that leaves, or says nothing for too long, is an everyday end of a connection.
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._exchange(reader, writer, scheme):
                    pass
        finally:
            self._tasks.discard(task)
            await _hang_up(writer)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, scheme: str) -> bool:
        """Serve one request; ``False`` when the connection is to end."""
        read = await self._read(reader, scheme)
        started, wall = time.monotonic(), time.time()
        request, refusal = read
        site = _Nameless(refusal) if refusal else self._by_host.get(request.host) or _Nameless(421)
        fault = site.fault(request.path) or Fault()
        if site.delay or fault.delay:
            await asyncio.sleep(site.delay + fault.delay)
        response, ends = self._respond(site, request, fault)
        # Logged before the last byte can arrive, so that whoever holds the response finds it in the log.
        host = request.host or ADDRESS
        self.log.append(Sent(host, scheme, request.target, request.raw, response, started, time.monotonic(), wall))
        if fault.reset:
            _reset(writer)
            return False
        writer.write(response)
        await writer.drain()
        return not (ends or refusal)

    def _respond(self, site: Site, request: Request, fault: Fault) -> tuple[bytes, bool]:
        if fault.close or fault.reset:
            return b"", True
        answer = site.answer(request)
        if fault.status is not None:
            page = f"<html><body><h1>{fault.status}</h1></body></html>"
            answer = Answer(fault.status, page.encode(), "text/html", fault.headers)
        response, ends = frame(site, request, answer)
        if fault.cut is None:
            return response, ends
        start = response.index(b"\r\n\r\n") + 4
        return response[: start + int((len(response) - start) * fault.cut)], True

    async def _read(self, reader: asyncio.StreamReader, scheme: str) -> tuple[Request, int]:
        """One request and the status to refuse it with (0 = serve it)."""
        async with asyncio.timeout(self.idle):
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.LimitOverrunError:
                return Request("GET", "/", "HTTP/1.1", (), b"", scheme), 431
            request = parse_request(head, scheme)
            if request is None:
                return Request("GET", "/", "HTTP/1.1", (), head, scheme), 400
            length = request.header("Content-Length")
            if request.method not in _METHODS:
                return request, 405
            if request.header("Transfer-Encoding") or (length and not (length.isdigit() and int(length) <= _MAX_BODY)):
                return request, 413
            if length and int(length):
                raw = head + await reader.readexactly(int(length))
                request = Request(request.method, request.target, request.version, request.headers, raw, scheme)
        return request, 0


def parse_request(head: bytes, scheme: str) -> Request | None:
    """Read a request head (RFC 9112 §2 and §3); ``None`` when it is none."""
    lines = head[:-4].decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        return None
    method, target, version = parts
    if target.startswith(("http://", "https://")):
        target = "/" + target.split("/", 3)[3] if target.count("/") > 2 else "/"
    if not target.startswith("/"):
        return None
    fields = [line.partition(":") for line in lines[1:]]
    if any(not colon for _, colon, _ in fields):
        return None
    headers = tuple((name, value.strip()) for name, _, value in fields)
    return Request(method, target, version, headers, head, scheme)


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    """Close politely; a client that does not answer within a second is cut off."""
    writer.close()
    try:
        async with asyncio.timeout(1):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End the connection with a TCP reset instead of a polite goodbye."""
    endpoint: socket.socket | None = writer.get_extra_info("socket")
    if endpoint is not None:
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
