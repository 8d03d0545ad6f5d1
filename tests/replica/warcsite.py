"""Any WARC file as a live site: each request is answered with the response that was recorded for its address."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.recordloader import ArcWarcRecord

from tests.replica.site import Answer, Request, Site

# The server makes framing and connection anew; content codings belong to the payload and stay.
_REMADE = frozenset(("transfer-encoding", "content-length", "connection", "keep-alive", "trailer"))


class WarcSite(Site):
    """The responses recorded for ``host`` in the WARC at ``path``.

    Addresses are compared without scheme and fragment and with their exact query; of several records of one
    address the first with status 200 is served, else the first. Headers and payload go out as recorded.
    """

    scheme = "both"

    def __init__(self, path: Path, host: str) -> None:
        super().__init__()
        self.host = host
        self._answers: dict[str, Answer] = {}
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type == "response" and record.http_headers is not None:
                    self._add(record)

    @property
    def targets(self) -> tuple[str, ...]:
        """What can be asked for, in the order of the file."""
        return tuple(self._answers)

    def route(self, request: Request) -> Answer | None:
        return self._answers.get(request.target)

    def _add(self, record: ArcWarcRecord) -> None:
        # GNU wget puts the address in angle brackets.
        parts = urlsplit(record.rec_headers.get_header("WARC-Target-URI").strip("<>"))
        if parts.hostname != self.host:
            return
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kept = self._answers.get(target)
        if kept is None or (kept.status != 200 and record.http_headers.get_statuscode() == "200"):
            self._answers[target] = _recorded(record)


def _recorded(record: ArcWarcRecord) -> Answer:
    chunked = "chunked" in (record.http_headers.get_header("Transfer-Encoding") or "").lower()
    stream = ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream
    headers = tuple((name, value) for name, value in record.http_headers.headers if name.lower() not in _REMADE)
    return Answer(int(record.http_headers.get_statuscode()), stream.read(), "", headers, recorded=True)
