"""Payloads kept once: what becomes a revisit, what it refers to, and that nothing of the wire is lost by it."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive.dedupe import MIN_PAYLOAD, Dedupe, discard
from archive.httpmessage import parse_response
from archive.layout import DataFolder
from archive.members import Record, walk_members
from archive.model import Exchange, Extraction, PortalFacts
from archive.records import IDENTICAL, NOT_MODIFIED, warc_date
from archive.revisit import MAX_FRAMING, framing_of, metadata, reframe, restore_block
from archive.store import ArchiveRun
from tests.archive.writing import BODY, HEAD, MOMENT, PAGE, PORTAL, chunked, exchange, writer


def records(folder: DataFolder) -> list[Record]:
    return [record for path in folder.warc_files() for _, _, record in walk_members(path)]


def answers(folder: DataFolder) -> list[Record]:
    return [record for record in records(folder) if record.type in ("response", "revisit")]


def wire(folder: DataFolder, record: Record) -> bytes:
    if record.type != "revisit":
        return record.block
    (original,) = (one for one in records(folder) if one.record_id == record.header("WARC-Refers-To"))
    return restore_block(record, original)


def kept(folder: DataFolder, *exchanges: Exchange, commit: bool = True) -> list[Record]:
    """The answers in the archive after ``exchanges`` went through one writer, each committed before the next."""
    dedupe = Dedupe(folder, PORTAL)
    warc = writer(folder, dedupe, sync_records=10_000, sync_seconds=10_000)
    for one in exchanges:
        warc.write_exchange(one)
        if commit:
            warc.commit()
    warc.close()
    dedupe.close()
    return answers(folder)


OTHER = "https://baocaobang.vn/in-bai/3161.html"


def test_the_same_payload_again_is_a_revisit_with_all_the_standard_asks_for(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    later = MOMENT + timedelta(hours=1)
    head = HEAD.replace(b"text/html", b"text/HTML").replace(b"200 OK", b"200 On")
    first, again, elsewhere = kept(
        folder, exchange(), exchange(response=head + BODY, started=later), exchange(OTHER, started=later)
    )
    assert [one.type for one in (first, again, elsewhere)] == ["response", "revisit", "revisit"]
    for revisit in (again, elsewhere):
        assert revisit.header("WARC-Profile") == IDENTICAL
        assert revisit.header("WARC-Refers-To") == first.record_id
        assert revisit.header("WARC-Refers-To-Target-URI") == first.url
        assert revisit.header("WARC-Refers-To-Date") == first.header("WARC-Date") == warc_date(MOMENT)
        assert revisit.header("WARC-Payload-Digest") == first.header("WARC-Payload-Digest")
        assert revisit.header("WARC-Truncated") == "length"
        assert revisit.header("WARC-Date") == warc_date(later)
        assert revisit.header("Content-Type") == "application/http; msgtype=response"
    assert again.block == head
    assert wire(folder, again) == head + BODY
    assert wire(folder, elsewhere) == PAGE


def test_public_readers_read_the_revisit(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    kept(folder, exchange(), exchange(OTHER))
    with folder.warc_files()[0].open("rb") as file:
        read = [record for record in ArchiveIterator(file, check_digests="raise") if record.rec_type == "revisit"]
    assert [record.http_headers.get_header("Content-Type") for record in read] == ["text/html; charset=utf-8"]


def test_what_is_not_on_the_disk_yet_is_not_referred_to(tmp_path: Path) -> None:
    assert [one.type for one in kept(DataFolder(tmp_path), exchange(), exchange(OTHER), commit=False)] == [
        "response"
    ] * 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (exchange(response=HEAD + BODY[: MIN_PAYLOAD - 1]), exchange(response=HEAD + BODY[: MIN_PAYLOAD - 1])),
        (exchange(response=PAGE.replace(b"200", b"404")), exchange(response=PAGE.replace(b"200", b"404"))),
        (exchange(), exchange(truncated="time")),
        (exchange(truncated="disconnect"), exchange()),
        (exchange(), exchange(fidelity="reconstructed")),
        (exchange(fidelity="reconstructed"), exchange()),
        (exchange(), exchange(response=HEAD + BODY[:-1])),
        (exchange(response=BODY), exchange(response=BODY)),
    ],
    ids=["small", "404", "cut", "of-cut", "reconstructed", "of-reconstructed", "different", "no-http"],
)
def test_everything_else_is_kept_in_full(tmp_path: Path, first: Exchange, second: Exchange) -> None:
    folder = DataFolder(tmp_path)
    found = kept(folder, first, second)
    assert [one.type for one in found] == ["response", "response"]
    assert [one.block for one in found] == [first.response, second.response]


def test_the_smallest_payload_worth_it(tmp_path: Path) -> None:
    page = exchange(response=HEAD + BODY[:MIN_PAYLOAD])
    assert [one.type for one in kept(DataFolder(tmp_path), page, page)] == ["response", "revisit"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (PAGE, chunked(BODY, 700, b"X-Sum: 1\r\n")),
        (chunked(BODY, 100), chunked(BODY, 333)),
        (chunked(BODY, 100), PAGE),
        (PAGE, chunked(BODY, 700).replace(b"\r\n", b"\n")),
        (PAGE, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + PAGE),
        (PAGE, chunked(BODY, 5000) + b"extra"),
    ],
)
def test_a_revisit_loses_nothing_of_the_wire(tmp_path: Path, first: bytes, second: bytes) -> None:
    folder = DataFolder(tmp_path)
    found = kept(folder, exchange(response=first), exchange(response=second))
    assert [one.type for one in found] == ["response", "revisit"]
    assert [wire(folder, one) for one in found] == [first, second]
    assert len(found[1].block) < 200


def test_a_coding_in_too_many_pieces_is_kept_in_full(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    shredded = chunked(BODY, 1)
    assert len(shredded) > MAX_FRAMING
    found = kept(folder, exchange(), exchange(response=shredded))
    assert [one.type for one in found] == ["response", "response"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.sampled_from([b"", b";a=b", b" "]), st.booleans())
def test_framing_is_put_back_exactly_or_not_at_all(parts: list[bytes], extension: bytes, bare: bool) -> None:
    end = b"\n" if bare else b"\r\n"
    body = b"".join(b"%x%s%s%s%s" % (len(part), extension, end, part, end) for part in parts) + b"0" + end + end
    message = parse_response(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    assert message is not None
    framing = framing_of(message)
    assert framing is not None
    assert reframe(framing.encode("latin-1"), message.payload) == body
    assert message.payload == b"".join(parts)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120))
def test_a_body_that_only_claims_to_be_chunked_is_never_changed(junk: bytes) -> None:
    message = parse_response(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + junk)
    assert message is not None
    framing = framing_of(message)
    assert framing is None or reframe(framing.encode("latin-1"), message.payload) == junk


def test_a_304_refers_to_the_last_capture_of_its_address(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    silent = exchange(OTHER, b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
    first, _, not_modified = kept(folder, exchange(), exchange(OTHER), silent)
    assert (not_modified.type, not_modified.header("WARC-Profile")) == ("revisit", NOT_MODIFIED)
    assert not_modified.block == silent.response
    assert not_modified.header("WARC-Refers-To") == first.record_id
    assert not_modified.header("WARC-Truncated") is None
    nobody = exchange("https://baocaobang.vn/khac", bytes(silent.response))
    unknown = kept(DataFolder(tmp_path / "b"), nobody)[0]
    assert (unknown.type, unknown.header("WARC-Refers-To"), unknown.block) == ("revisit", None, silent.response)


class Pages:
    """A run of the store without a crawler: no page is an article."""

    @staticmethod
    def run(folder: DataFolder, token: str, *exchanges: Exchange, dedupe: bool = True) -> None:
        run = ArchiveRun(
            folder,
            PortalFacts(PORTAL, "d"),
            f"20261121000000-{token}",
            {},
            lambda url: False,
            Pages.extract,
            None,
            dedupe,
        )
        for one in exchanges:
            run.record(one)
            run.commit()
        run.close()

    @staticmethod
    def extract(*_: object) -> Extraction:
        raise AssertionError("no page is an article here")


def test_across_runs(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    Pages.run(folder, "aaaaaa", exchange())
    Pages.run(folder, "bbbbbb", exchange(), exchange(OTHER))
    Pages.run(folder, "cccccc", exchange(OTHER), dedupe=False)
    assert [one.type for one in answers(folder)] == ["response", "revisit", "revisit", "response"]


def test_an_index_that_is_lost_or_spoilt_is_made_from_the_captures(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    Pages.run(folder, "aaaaaa", exchange())
    discard(folder)
    assert list((folder.state / "dedupe").iterdir()) == []
    Pages.run(folder, "bbbbbb", exchange(), exchange(response=b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    (index,) = (folder.state / "dedupe").glob("*.sqlite3")
    index.write_bytes(b"no database at all, " * 500)
    Pages.run(folder, "cccccc", exchange())
    Pages.run(folder, "dddddd", exchange())
    found = answers(folder)
    assert [one.type for one in found] == ["response", "revisit", "revisit", "response", "revisit"]
    assert {one.header("WARC-Refers-To") for one in found if one.type == "revisit"} == {found[0].record_id}


def test_a_payload_whose_file_is_gone_is_kept_again(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    Pages.run(folder, "aaaaaa", exchange())
    folder.warc_files()[0].unlink()
    Pages.run(folder, "bbbbbb", exchange())
    assert [one.type for one in answers(folder)] == ["response"]


def test_portals_do_not_refer_to_each_other(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    kept(folder, exchange())
    other = Dedupe(folder, "baolangson")
    warc = writer(folder, other, "other1")
    warc.write_exchange(exchange())
    warc.close()
    other.close()
    assert [one.type for one in answers(folder)] == ["response", "response"]


def test_a_locked_index_costs_space_and_no_capture(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    dedupe = Dedupe(folder, PORTAL)
    warc = writer(folder, dedupe, sync_records=10_000)
    warc.write_exchange(exchange())
    warc.commit()
    dedupe._database.close()  # type: ignore[union-attr]
    dedupe._database = sqlite3.connect(":memory:")
    warc.write_exchange(exchange(OTHER))
    warc.close()
    dedupe.close()
    assert [one.type for one in answers(folder)] == ["response", "response"]


def test_rows_of_revisits_name_their_original(tmp_path: Path) -> None:
    from tests.archive.samples import open_table

    folder = DataFolder(tmp_path)
    Pages.run(folder, "aaaaaa", exchange(), exchange(OTHER, started=MOMENT + timedelta(seconds=1)))
    first, second = open_table(folder, "captures").to_table().sort_by("fetch_time").to_pylist()
    assert (first["record_type"], first["revisit_of"]) == ("response", None)
    assert (second["record_type"], second["revisit_of"]) == ("revisit", first["warc_record_id"])
    assert second["content_digest"] == first["content_digest"]
    assert (second["fetch_status"], second["content_truncated"], second["outcome"]) == (200, None, "listing")


def test_foreign_revisits_are_restored_too(tmp_path: Path) -> None:
    original = kept(DataFolder(tmp_path), exchange())[0]
    bare = Record("1.1", (), b"", "revisit", "<urn:x>", MOMENT)
    assert restore_block(bare, original) == PAGE
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    message = parse_response(restore_block(Record("1.1", (), head, "revisit", "<urn:x>", MOMENT), original))
    assert message is not None
    assert message.payload == BODY
    broken = Record("1.1", (("WARC-JSON-Metadata", "{no json"),), head, "revisit", "<urn:x>", MOMENT)
    assert metadata(broken) == {}
    assert json.loads(json.dumps(metadata(original))) == {}
