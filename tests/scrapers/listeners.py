"""Servers on loopback that notifiers tell: they keep what came."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Listener:
    """What came: over HTTP path and body, by mail the whole message. ``status`` is what the next ones are answered."""

    port: int = 0
    came: list[tuple[str, bytes]] = field(default_factory=list)
    status: int = 200
    silent: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The address of an HTTP listener."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [path for path, _ in self.came]


@contextmanager
def http_listener() -> Iterator[Listener]:
    """An HTTP server that takes every POST; while ``silent`` is set it does not answer."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            listener.came.append((self.path, body))
            if listener.silent.is_set():
                ended.wait(60)
                return
            self.send_response(listener.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *arguments: object) -> None:
            pass

    ended = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        listener.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield listener
        finally:
            ended.set()
            server.shutdown()
            thread.join()


@contextmanager
def smtp_listener() -> Iterator[Listener]:
    """An SMTP server (RFC 5321) that takes every message, without TLS and without a password."""
    listener = Listener()
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        sender = ""
        while line := await reader.readline():
            word = line.split(b" ")[0].strip().upper()
            if word == b"MAIL":
                sender = line.decode().strip()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                message = await reader.readuntil(b"\r\n.\r\n")
                listener.came.append((sender, message))
            writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                break
        writer.close()
        await writer.wait_closed()

    async def serve() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        listener.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(10)
    try:
        yield listener
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
