"""A server that sends exactly the bytes it is told to, and remembers what it received."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(frozen=True)
class Script:
    """What goes out for one path: ``parts`` with a short pause between them, then the end of the connection or not.

    A path asked for again gets ``then``, and ``then`` of that, until there is none.
    """

    parts: tuple[bytes, ...]
    close: bool = False
    pause: float = 0.02
    hold: float = 0.0
    then: Script | None = None

    @property
    def sent(self) -> bytes:
        """All bytes that go out."""
        return b"".join(self.parts)


@dataclass
class RawServer:
    """Listens on 127.0.0.1 and plays ``scripts`` by path; ``requests`` holds the bytes received for each path."""

    scripts: Mapping[str, Script]
    tls: ssl.SSLContext | None = None
    requests: dict[str, list[bytes]] = field(default_factory=dict)

    def __enter__(self) -> RawServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        if self.tls is None:
            self._talk(connection)
            return
        try:
            wrapped = self.tls.wrap_socket(connection, server_side=True)
        except OSError:
            return
        self._talk(wrapped)

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            buffer = b""
            while True:
                while b"\r\n\r\n" not in buffer:
                    try:
                        data = connection.recv(65536)
                    except OSError:
                        return
                    if not data:
                        return
                    buffer += data
                head, _, buffer = buffer.partition(b"\r\n\r\n")
                path = head.split(b" ")[1].decode()
                seen = self.requests.setdefault(path, [])
                seen.append(head + b"\r\n\r\n")
                if not self._play(connection, self._script(path, len(seen))):
                    self._end(connection)
                    return

    def _script(self, path: str, time: int) -> Script:
        script = self.scripts[path]
        for _ in range(time - 1):
            script = script.then or script
        return script

    @staticmethod
    def _end(connection: socket.socket) -> None:
        """End a TLS connection in good order (close_notify), as servers do whose body ends with it."""
        if isinstance(connection, ssl.SSLSocket):
            try:
                connection.settimeout(0.2)
                connection.unwrap()
            except OSError:
                pass

    @staticmethod
    def _play(connection: socket.socket, script: Script) -> bool:
        try:
            for part in script.parts:
                connection.sendall(part)
                time.sleep(script.pause)
        except OSError:
            return False
        time.sleep(script.hold)
        return not script.close
