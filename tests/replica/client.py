"""A raw HTTP client for tests: it keeps every byte it got and undoes codings by its own means."""

from __future__ import annotations

import gzip
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import brotli

from tests.replica.server import ADDRESS, ReplicaServer
from tests.replica.tls import certificate


@dataclass(frozen=True, slots=True)
class Received:
    """A response: all its bytes, its status, its headers in order, its body with all codings undone."""

    raw: bytes
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first value of the header ``name`` (any case), or ``""``."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class Connection:
    """One open connection; ``ask`` sends a request and reads its response, ``send`` and ``read`` do one of the two."""

    def __init__(self, endpoint: socket.socket) -> None:
        self.endpoint = endpoint
        self._file = endpoint.makefile("rb")

    def ask(self, host: str, target: str, method: str = "GET", version: str = "HTTP/1.1", **headers: str) -> Received:
        """Send a request for ``target``; header names are given with underscores."""
        self.send(request_bytes(host, target, method, version, **headers))
        return self.read(method)

    def send(self, data: bytes) -> None:
        """Send ``data`` as it is."""
        self.endpoint.sendall(data)

    def read(self, method: str = "GET") -> Received:
        """Read one response; what is cut short is returned as far as it came, with the body undecoded."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self._file.readline()
            if not line:
                return Received(head, 0, (), b"")
            head += line
        lines = head.decode("latin-1").split("\r\n")
        pairs = [line.partition(": ") for line in lines[1:-2]]
        headers = tuple((name, value) for name, _, value in pairs)
        status = int(lines[0].split(" ")[1])
        bare = method == "HEAD" or status in (204, 304)
        raw, payload = (b"", b"") if bare else self._body({name.lower(): value for name, value in headers})
        return Received(head + raw, status, headers, payload)

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self.endpoint.close()

    def _body(self, headers: dict[str, str]) -> tuple[bytes, bytes]:
        if headers.get("transfer-encoding") == "chunked":
            raw, payload = self._chunks()
        elif "content-length" in headers:
            raw = payload = self._file.read(int(headers["content-length"]))
            if len(raw) < int(headers["content-length"]):
                return raw, raw
        else:
            raw = payload = self._file.read()
        coding = headers.get("content-encoding", "")
        if coding == "gzip":
            payload = gzip.decompress(payload)
        elif coding == "br":
            payload = brotli.decompress(payload)
        return raw, payload

    def _chunks(self) -> tuple[bytes, bytes]:
        raw, payload = b"", b""
        while True:
            line = self._file.readline()
            raw += line
            size = int(line.split(b";")[0], 16)
            if size == 0:
                while (line := self._file.readline()) != b"\r\n":
                    raw += line
                return raw + line, payload
            data = self._file.read(size + 2)
            raw += data
            payload += data[:-2]


@contextmanager
def connected(server: ReplicaServer, host: str, scheme: str = "https") -> Iterator[Connection]:
    """A connection to ``server``, over TLS with the certificate checked for ``host``."""
    port = server.https_port if scheme == "https" else server.http_port
    endpoint = socket.create_connection((ADDRESS, port), timeout=5)
    if scheme == "https":
        pem = certificate(server.hosts)
        context = ssl.create_default_context(cadata=pem[pem.index(b"-----BEGIN CERT") :].decode())
        endpoint = context.wrap_socket(endpoint, server_hostname=host)
    connection = Connection(endpoint)
    try:
        yield connection
    finally:
        connection.close()


def request_bytes(host: str, target: str, method: str = "GET", version: str = "HTTP/1.1", **headers: str) -> bytes:
    """A request as bytes."""
    fields = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = (f"{method} {target} {version}", *(f"{name}: {value}" for name, value in fields.items()), "", "")
    return "\r\n".join(lines).encode("latin-1")
