"""A small archive for the tests: pages of our own, WARC files written by warcio, tables written by the project."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
from lxml import html
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.articles import Latest, article_row, remember
from archive.captures import capture_row
from archive.cdx import index_warc, merge_index
from archive.httpmessage import parse_response
from archive.layout import DataFolder, TableName
from archive.model import Article, Exchange, Extraction, PortalFacts, RecordRef
from archive.schema import SCHEMAS
from archive.tables import TableStage
from archive.warc import WrittenExchange

Row = dict[str, Any]

PORTAL = "baocaobang"
RUN = "20240105T020000-a1b2c3"
HOST = "https://baocaobang.vn"
FIRST_FETCH = datetime(2024, 1, 5, 2, 0, 0, 123456, UTC)
FACTS = PortalFacts(PORTAL, "bao-cao-bang", "Cao Bằng", "Cao Bằng")
# Every other portal is one of the same desk, as after a change of domain.
DESKS = {"baolangson": "bao-lang-son"}


@dataclass(frozen=True, slots=True)
class SamplePage:
    """A page as a server sends it; ``published`` is what it prints in ``<time datetime>``."""

    number: int
    title: str
    lead: str
    paragraphs: tuple[str, ...]
    published: str = "2024-01-04T16:30:00+07:00"
    status: str = "200 OK"

    @property
    def url(self) -> str:
        """The page's address."""
        return f"{HOST}/bai-viet-{self.number}.html" if self.number else f"{HOST}/Thoi-su"

    @property
    def body(self) -> bytes:
        """The page in UTF-8."""
        text = "".join(f"<p>{paragraph}</p>" for paragraph in self.paragraphs)
        time = f'<time datetime="{self.published}">' if self.published else ""
        return (
            f"<!DOCTYPE html><html><head><title>{self.title}</title></head><body><h1>{self.title}</h1>{time}"
            f"<h2>{self.lead}</h2><article>{text}</article></body></html>"
        ).encode()


PAGES = (
    SamplePage(
        3161421,
        "Bảo Lạc khánh thành cầu treo qua sông Gâm",
        "Sáng 4/1, UBND huyện Bảo Lạc tổ chức lễ khánh thành cầu treo Nà Phiêng bắc qua sông Gâm.",
        (
            "Cầu dài 98 m, mặt cầu rộng 2 m, tổng mức đầu tư hơn 6 tỷ đồng từ nguồn vốn xây dựng nông thôn mới.",
            "Trước đây, vào mùa mưa lũ, học sinh xóm Nà Phiêng phải đi bè mảng sang sông hoặc nghỉ học nhiều ngày.",
        ),
    ),
    SamplePage(
        3161422,
        "Hòa An: Giá thuốc lá nguyên liệu tăng, nông dân phấn khởi",
        "Vụ đông xuân năm nay, toàn huyện Hòa An trồng trên 1.100 ha thuốc lá.",
        ("Giá thu mua loại 1 đạt 62.000 đồng/kg, cao hơn cùng kỳ năm trước 5.000 đồng/kg.",),
        "2023-12-31T23:30:00+07:00",
    ),
    SamplePage(
        3161423,
        "Thành phố Cao Bằng ra quân bảo đảm an toàn giao thông dịp Tết",
        "Công an thành phố huy động 120 cán bộ, chiến sĩ tuần tra trên các tuyến đường trọng điểm.",
        ("Lực lượng chức năng tập trung xử lý vi phạm nồng độ cồn, chở quá số người quy định.",),
        "",
    ),
)
LISTING = SamplePage(0, "Thời sự", "", ())


class PlainExtractor:
    """Reads the sample pages: a small real extractor, so that the archive is tested without the crawler."""

    version = "1"

    def __call__(self, portal: str, url: str, response: bytes, fetched: datetime) -> Extraction | None:
        """See ``archive.model.Extractor``."""
        number = re.search(r"-(\d+)\.html$", url)
        message = parse_response(response)
        if number is None or message is None:
            return None
        tree = html.document_fromstring(message.payload.decode())
        paragraphs = tuple(str(p.text_content()) for p in tree.cssselect("article p"))
        if not paragraphs:
            return Extraction(None, "no-text", "sample/1", "plain", self.version)
        times = [node.get("datetime") for node in tree.cssselect("time")]
        article = Article(
            title=str(tree.cssselect("h1")[0].text_content()),
            lead=str(tree.cssselect("h2")[0].text_content()) or None,
            paragraphs=paragraphs,
            published_at=datetime.fromisoformat(str(times[0])) if times else None,
            published_precision="minute" if times else None,
            published_source="visible" if times else None,
            native_id=number.group(1),
            rungs={"title": "h1", "text": "article"},
        )
        return Extraction(article, None, "sample/1", "plain", self.version)

    def facts(self, portal: str) -> PortalFacts:
        """See ``archive.model.Extractor``."""
        return replace(FACTS, name=portal, desk=DESKS.get(portal, FACTS.desk))

    def portal_of(self, url: str) -> str | None:
        """See ``archive.model.Extractor``."""
        return PORTAL if url.startswith((HOST, HOST.replace("https", "http"))) else None

    def host_of(self, portal: str) -> str | None:
        """See ``archive.model.Extractor``."""
        return HOST.removeprefix("https://") if portal == PORTAL else None

    def known_as(self, portal: str, url: str) -> str | None:
        """See ``archive.model.Extractor``."""
        number = re.search(r"-(\d+)\.html$", url)
        return number[1] if number else None


class OtherExtractor(PlainExtractor):
    """A later version that reads titles otherwise."""

    version = "2"

    def __call__(self, portal: str, url: str, response: bytes, fetched: datetime) -> Extraction | None:
        """See ``archive.model.Extractor``."""
        extraction = super().__call__(portal, url, response, fetched)
        if extraction is None or extraction.article is None:
            return extraction
        return replace(extraction, article=replace(extraction.article, title=extraction.article.title.upper()))


class FailingExtractor(PlainExtractor):
    """An extractor that some page breaks."""

    def __call__(self, portal: str, url: str, response: bytes, fetched: datetime) -> Extraction | None:
        """See ``archive.model.Extractor``."""
        raise RecursionError("the tree is too deep")


class DyingExtractor(PlainExtractor):
    """An extractor that some page kills together with its process."""

    def __call__(self, portal: str, url: str, response: bytes, fetched: datetime) -> Extraction | None:
        """See ``archive.model.Extractor``."""
        if url == PAGES[0].url:
            os._exit(9)
        return super().__call__(portal, url, response, fetched)


class SampleRun:
    """Writes pages into a data folder the way a crawl would: records by warcio, rows by the project."""

    def __init__(self, folder: DataFolder, run_id: str = RUN, name: str = "", started: datetime = FIRST_FETCH) -> None:
        self.folder = folder
        self.run_id = run_id
        self.name = name or f"{PORTAL}-20240105020000000-00000-localhost-{run_id.rpartition('-')[2]}.warc.gz"
        self.started = started
        self.captures: list[Row] = []
        self.articles: list[Row] = []
        self.extractor = PlainExtractor()

    def write(self, pages: Sequence[SamplePage], latest: Latest | None = None) -> SampleRun:
        """Write ``pages`` into one WARC file and keep their rows; ``latest`` is as in ``article_row``."""
        latest = Latest() if latest is None else latest
        self.folder.warc.mkdir(parents=True, exist_ok=True)
        with (self.folder.warc / self.name).open("wb") as file:
            writer = WARCWriter(file, gzip=True, warc_version="WARC/1.1")
            writer.write_record(writer.create_warcinfo_record(self.name, {"software": "sample"}))
            for number, page in enumerate(pages):
                self._write_page(writer, file, page, self.started + timedelta(seconds=number), latest)
        index_warc(self.folder, self.folder.warc / self.name)
        merge_index(self.folder)
        return self

    def _write_page(self, writer: WARCWriter, file: Any, page: SamplePage, moment: datetime, latest: Latest) -> None:
        headers = StatusAndHeaders(page.status, [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        named = {"WARC-Date": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        record = writer.create_warc_record(
            page.url,
            "response",
            payload=BytesIO(page.body),
            length=len(page.body),
            http_headers=headers,
            warc_headers_dict=named,
        )
        offset = file.tell()
        writer.write_record(record)
        ref = RecordRef(self.name, offset, file.tell() - offset, record.rec_headers.get_header("WARC-Record-ID"))
        block = b"HTTP/1.1 " + page.status.encode() + b"\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page.body
        digest = record.rec_headers.get_header("WARC-Payload-Digest")
        written = WrittenExchange(ref, ref, parse_response(block), digest)
        row = capture_row(Exchange(page.url, moment, b"", block, via="section:/Thoi-su"), written, PORTAL, self.run_id)
        self._settle(row, block, latest)

    def _settle(self, row: Row, block: bytes, latest: Latest) -> None:
        self.captures.append(row)
        extraction = self.extractor(PORTAL, row["url"], block, row["fetch_time"])
        if extraction is None or row["outcome"] != "listing":
            return
        if extraction.article is None:
            row["outcome"], row["outcome_reason"] = "not_article", extraction.reason
            return
        article = article_row(extraction, FACTS, row, latest)
        row["outcome"], row["outcome_reason"] = "article", None if article else "unchanged"
        if article:
            remember(latest, article)
            self.articles.append(article)

    def publish(self) -> SampleRun:
        """Write the rows into the corpus."""
        for table, rows in (("captures", self.captures), ("articles", self.articles)):
            stage = TableStage(self.folder, table, self.run_id, PORTAL)  # type: ignore[arg-type]
            stage.add(rows)
            stage.flush()
            stage.publish()
        return self


def sample_archive(path: Path, pages: Sequence[SamplePage] = (*PAGES, LISTING)) -> DataFolder:
    """A published archive of ``pages`` in ``path``."""
    folder = DataFolder(path)
    SampleRun(folder).write(pages).publish()
    return folder


def open_table(folder: DataFolder, name: TableName) -> ds.Dataset:
    """The table ``name`` as a dataset with its partition column ``month`` (string); empty when nothing is published."""
    schema = SCHEMAS[name].append(pa.field("month", pa.string()))
    path = folder.table(name)
    if not path.is_dir():
        return ds.dataset(schema.empty_table())
    months = ds.partitioning(pa.schema([("month", pa.string())]), flavor="hive")
    return ds.dataset(path, schema=schema, partitioning=months, format="parquet", exclude_invalid_files=False)
