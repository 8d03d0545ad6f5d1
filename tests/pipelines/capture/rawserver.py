"""A server that sends exactly the bytes it is told to, and remembers what it received."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(frozen=True)
class Script:
    """What goes out for one path: ``parts`` with a short pause between them, then the end of the connection or not."""

    parts: tuple[bytes, ...]
    close: bool = False
    pause: float = 0.02
    hold: float = 0.0

    @property
    def sent(self) -> bytes:
        """All bytes that go out."""
        return b"".join(self.parts)


@dataclass
class RawServer:
    """Listens on 127.0.0.1 and plays ``scripts`` by path; ``requests`` holds the bytes received for each path."""

    scripts: Mapping[str, Script]
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
        with connection:
            connection.settimeout(10)
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
                self.requests.setdefault(path, []).append(head + b"\r\n\r\n")
                if not self._play(connection, self.scripts[path]):
                    return

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
