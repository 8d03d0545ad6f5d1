"""What ``verify`` found: findings, each at a place, and what was counted on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Final

KINDS: Final[dict[str, str]] = {
    "damaged-file": "bytes of a WARC file are not whole, single-record gzip members",
    "open-file": "a WARC file was never closed and nobody is writing it",
    "block-digest": "a record's block is not what its digest says",
    "payload-digest": "a record's payload is not what its digest says",
    "missing-digest": "a record carries no digest",
    "missing-original": "the record that holds a revisit's payload was purged, lost or damaged",
    "missing-cdxj": "a WARC file has no CDXJ",
    "cdxj-differs": "a CDXJ says something else than the records of its WARC file",
    "cdxj-index": "the merged index is not the sum of the CDXJ files",
    "missing-file": "rows point into a WARC file that does not exist",
    "unlisted": "an address that was unlisted still has a CDXJ line or a row",
    "missing-row": "a record has no row in captures",
    "dangling-row": "a row points at a place where no record begins",
    "doubled-row": "a record or an article version has more than one row",
    "row-differs": "a row says something else than its record",
    "article-differs": "re-reading the record gives another article row",
    "no-reason": "an article page has neither a row nor a reason why not",
    "not-gone": "a tombstone's record still shows the article",
    "extraction-failed": "a page could not be read again",
    "version-chain": "the versions of an article are not 1, 2, 3 … or misname what changed",
    "damaged-table": "a Parquet file cannot be read",
    "staged": "rows of a run that ended were written but never published",
    "worker-died": "the process that checked a file died",
}

CHUNKED: Final = (
    "Digests of chunked responses: WARC-Payload-Digest is that of the body with the chunked coding undone, as WARC 1.1 "
    "§5.9 defines the payload. `warcio check` and `fastwarc check -p` hash the chunks as they lie in the block and "
    "report these records as wrong: a known false alarm. `jwarc validate` and this command undo the coding first."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: its kind (a key of ``KINDS``), file, byte offset and URL where they apply, and what was seen."""

    kind: str
    file: str
    offset: int | None
    url: str | None
    message: str

    @property
    def place(self) -> str:
        """File and offset as one string."""
        return self.file if self.offset is None else f"{self.file} at byte {self.offset}"


@dataclass(slots=True)
class Report:
    """The outcome of a verification.

    ``counts`` holds ``files``, ``bytes``, ``records``, ``captures``, ``articles`` and ``reread`` (articles made
    again from their record), ``other_version`` (article rows of another extractor version, which prove nothing
    either way), ``would_change`` (those of them that come out differently now), ``revisits`` and ``chunked``
    (responses, see ``CHUNKED``) and ``unlisted`` (captures of unlisted addresses: they have rightly neither a CDXJ line
    nor a row). ``notes`` are facts that are no fault, such as a file still being written.
    """

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing at all was found wrong."""
        return not self.findings

    @property
    def explanations(self) -> dict[str, str]:
        """What the kinds of the findings mean, and why other tools may see faults where there are none."""
        kinds = {finding.kind: KINDS[finding.kind] for finding in self.findings}
        return dict(sorted(kinds.items())) | ({"chunked": CHUNKED} if self.counts["chunked"] else {})

    def add(self, kind: str, file: str, message: str, offset: int | None = None, url: str | None = None) -> None:
        """Record a finding of ``kind``."""
        self.findings.append(Finding(kind, file, offset, url, message))

    def note_foreign_digests(self, name: str) -> None:
        """Say of the imported file ``name`` that some of its digests are not as ours are, if that was counted."""
        count = self.counts["foreign_digests"]
        if count:
            self.notes.append(f"{name}: imported; {count} digests are missing or of the chunked body, as it came")

    def merge(self, other: Report) -> None:
        """Take over what ``other`` found and counted."""
        self.findings += other.findings
        self.counts += other.counts
        self.notes += other.notes

    def tidy(self) -> None:
        """Sort the findings by place, and keep one for each damaged table, however often it was read."""
        unique = {
            (finding.file,) if finding.kind == "damaged-table" else (index,): finding
            for index, finding in enumerate(self.findings)
        }
        self.findings = sorted(unique.values(), key=lambda one: (one.file, -1 if one.offset is None else one.offset))

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values for JSON."""
        return {
            "clean": self.clean,
            "counts": dict(sorted(self.counts.items())),
            "findings": [asdict(finding) for finding in self.findings],
            "notes": self.notes,
            "explanations": self.explanations,
        }
