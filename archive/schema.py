"""The two tables of the corpus: their columns, in order, a sentence for each.

Names and types follow Common Crawl's columnar index where it has the column, schema.org elsewhere. The
schemas are frozen: a column added, renamed or retyped raises ``SCHEMA_VERSION``. Files of an earlier version
stay readable: a column they lack is null.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import pyarrow as pa

from archive.layout import TableName

SCHEMA_VERSION: Final = "2"

TEXT = pa.string()
TIME = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(TEXT)
IMAGES = pa.list_(pa.struct([("url", TEXT), ("caption", TEXT), ("credit", TEXT)]))
# A list of structs and not a map: polars and pandas have no map type.
RUNGS = pa.list_(pa.struct([("field", TEXT), ("rung", TEXT)]))


class Column(NamedTuple):
    """A column: its name, Arrow type, whether it is never null, and a sentence that says what it holds."""

    name: str
    type: pa.DataType
    required: bool
    description: str


_LOCATION = (
    Column("warc_filename", TEXT, True, "Name of the WARC file that holds the record, without folder."),
    Column("warc_record_offset", pa.int64(), True, "Byte at which the record's gzip member begins in that file."),
    Column("warc_record_length", pa.int64(), True, "Length of that gzip member in bytes."),
)
_RECORD_ID = Column("warc_record_id", TEXT, True, "WARC-Record-ID of the record as written, angle brackets included.")
_DIGEST = "SHA-1 of the payload (body with the transfer coding undone, content coding kept), Base32 without `sha1:`."

CAPTURE_COLUMNS: Final = (
    Column("url_surtkey", TEXT, True, "SURT form of the URL, the key that sorts a site's pages together."),
    Column("url", TEXT, True, "URL that was requested."),
    Column("url_host_name", TEXT, True, "Host name of the URL, lower case."),
    Column("url_host_registered_domain", TEXT, False, "Registered domain of the host, null for addresses without one."),
    Column("url_protocol", TEXT, True, "Scheme of the URL: http or https."),
    Column("url_path", TEXT, True, "Path of the URL, `/` when empty."),
    Column("url_query", TEXT, False, "Query of the URL without the question mark, null when there is none."),
    Column("fetch_time", TIME, True, "Moment the request went out, the record's WARC-Date, UTC."),
    Column("fetch_status", pa.int16(), False, "HTTP status of the final response, null when nobody answered."),
    Column("fetch_redirect", TEXT, False, "Location header of a redirect, as sent."),
    Column("content_digest", TEXT, False, f"{_DIGEST[:-1]}; null when nobody answered."),
    Column("content_mime_type", TEXT, False, "Media type the server declared, lower case, without parameters."),
    Column("content_mime_detected", TEXT, False, "Media type by the first bytes, null when they do not tell."),
    Column("content_charset", TEXT, False, "Character set the Content-Type header declared, lower case."),
    Column("content_languages", TEXT, False, "Languages of the page, ISO 639-3, comma-separated, null when unknown."),
    Column("content_truncated", TEXT, False, "WARC-Truncated reason of a partial capture: length, time, disconnect."),
    *_LOCATION,
    Column("warc_segment", TEXT, False, "Crawl segment in Common Crawl's sense; null, this archive has none."),
    _RECORD_ID,
    Column("portal", TEXT, True, "Portal the capture was made for, the spider's name."),
    Column("run_id", TEXT, True, "Run that made the capture."),
    Column("record_type", TEXT, True, "response, revisit (same payload as an earlier record), or request (no answer)."),
    Column("revisit_of", TEXT, False, "On a revisit, the WARC-Record-ID of the record that holds the payload."),
    Column(
        "fidelity",
        TEXT,
        True,
        "wire when the bytes are those that crossed the wire, reconstructed when not, imported when nobody says.",
    ),
    Column(
        "discovered_via",
        TEXT,
        False,
        "How the URL was found: `section:/Thoi-su`, `rss:https://…`, `robots`, `image:` and the article's URL.",
    ),
    Column(
        "outcome",
        TEXT,
        True,
        "What became of the capture: article, listing, feed, robots, image, redirect, error, not_article or other.",
    ),
    Column("outcome_reason", TEXT, False, "Why a page is not_article, why an article gave no row, what the error was."),
)

ARTICLE_COLUMNS: Final = (
    Column("article_id", TEXT, True, "UUIDv5 of the publishing desk and the CMS's own id, else of the canonical URL."),
    Column("version", pa.int32(), True, "1 for the article as first seen, one more for each change of title or text."),
    Column("portal", TEXT, True, "Portal the article was captured from."),
    Column("desk", TEXT, True, "Publishing desk, a key that outlives domains and mergers."),
    Column("province", TEXT, False, "Province of the desk when the article appeared, null when unknown."),
    Column("province_2025", TEXT, False, "Province that covers the desk since the merger of 2025-07-01."),
    Column("url", TEXT, True, "URL that was requested."),
    Column("canonical_url", TEXT, False, "Address the page names as its own."),
    Column("url_surtkey", TEXT, True, "SURT form of url, joins with captures."),
    Column("native_id", TEXT, False, "The CMS's own id of the article."),
    Column("discovered_via", TEXT, False, "How the URL was found: `section:/Thoi-su`, `rss:https://…`."),
    Column("title", TEXT, False, "Title as printed; null on a tombstone."),
    Column("lead", TEXT, False, "Lead paragraph (sapo) as printed, null when there is none."),
    Column("text", TEXT, False, "Body without title, lead, captions and byline, a blank line between paragraphs."),
    Column(
        "text_markdown",
        TEXT,
        False,
        "The same body with its structure, as Markdown; null when read before version 2 of this schema.",
    ),
    Column(
        "article_type",
        TEXT,
        False,
        "text, photo (captioned pictures, hardly any text), video, emagazine or advertorial; null as text_markdown is.",
    ),
    Column("authors", TEXTS, False, "Names of the authors, in printed order."),
    Column("byline_raw", TEXT, False, "Byline as printed."),
    Column("section", TEXT, False, "Section as printed."),
    Column("tags", TEXTS, False, "Tags as printed."),
    Column("language", TEXT, False, "Language of the text, ISO 639-1."),
    Column("images", IMAGES, False, "Images in page order: absolute URL, caption and credit as printed."),
    Column("published_at", TIME, False, "Moment of publication, UTC; the page prints UTC+7."),
    Column("published_precision", TEXT, False, "How exact published_at is: minute, day or month."),
    Column(
        "published_source",
        TEXT,
        False,
        "Where published_at was read: visible, json-ld, script, meta, rss, url or dateline.",
    ),
    Column("published_raw", TEXT, False, "The words published_at was read from."),
    Column("modified_at", TIME, False, "Moment of the last change the page admits to, UTC."),
    Column("source_name", TEXT, False, "Publication or agency the article was taken from."),
    Column("source_url", TEXT, False, "Address of that source, when the page gives one."),
    Column("source_raw", TEXT, False, "Source line as printed."),
    Column("syndication_cluster", TEXT, False, "Key shared by all copies of one text; null until copies are sought."),
    Column("syndication_role", TEXT, False, "original or copy within the cluster; null until copies are sought."),
    Column("word_count", pa.int32(), False, "Syllables between white space, lead and text together."),
    Column("quality", TEXTS, False, "Flags raised by the extraction."),
    Column("text_sha256", TEXT, False, "SHA-256, hex, of lead, blank line and text in UTF-8; the title is left out."),
    Column("match_sha256", TEXT, False, "SHA-256, hex, of the folded text alone, equal for copies spelt differently."),
    Column("fetch_time", TIME, True, "Moment the request went out, the record's WARC-Date, UTC."),
    Column("content_digest", TEXT, False, _DIGEST),
    *_LOCATION,
    _RECORD_ID,
    Column("extractor", TEXT, False, "Extractor that read the page, null on a tombstone."),
    Column("extractor_version", TEXT, False, "Version of that extractor."),
    Column("rule_id", TEXT, False, "Rules it was given."),
    Column("schema_version", TEXT, True, "Version of this schema."),
    Column("run_id", TEXT, True, "Run that wrote the row."),
    Column("status", TEXT, True, "live, or gone when the record shows that the article was taken down."),
    Column("changed_fields", TEXTS, False, "Columns that differ from the version before; empty for version 1."),
    Column("aliases", TEXTS, False, "Other addresses that led to this page, for example before a redirect."),
    Column("rungs", RUNGS, False, "For each field the rule that answered."),
)


def _schema(name: TableName, columns: tuple[Column, ...]) -> pa.Schema:
    fields = [
        pa.field(column.name, column.type, nullable=not column.required, metadata={"description": column.description})
        for column in columns
    ]
    return pa.schema(fields, metadata={"table": name, "schema_version": SCHEMA_VERSION})


CAPTURES: Final = _schema("captures", CAPTURE_COLUMNS)
ARTICLES: Final = _schema("articles", ARTICLE_COLUMNS)
SCHEMAS: Final[dict[TableName, pa.Schema]] = {"captures": CAPTURES, "articles": ARTICLES}
ADDED: Final[dict[TableName, tuple[str, ...]]] = {"captures": (), "articles": ("article_type",)}
"""Columns that files of schema version 1 lack."""
COLUMNS: Final[dict[TableName, tuple[Column, ...]]] = {"captures": CAPTURE_COLUMNS, "articles": ARTICLE_COLUMNS}


def is_known(schema: pa.Schema, name: TableName) -> bool:
    """Whether ``schema`` is that of the table ``name``, in this version or an earlier one."""
    now = SCHEMAS[name]
    before = pa.schema([field for field in now if field.name not in ADDED[name]])
    return bool(schema.equals(now) or schema.equals(before))


def markdown_table(name: TableName) -> str:
    """The columns of the table ``name`` as a Markdown table, the reference in ``docs/corpus.md``."""
    lines = ["| column | type | null | meaning |", "| --- | --- | --- | --- |"]
    for column in COLUMNS[name]:
        null = "never" if column.required else "yes"
        lines.append(f"| `{column.name}` | {type_name(column.type)} | {null} | {column.description} |")
    return "\n".join(lines)


def type_name(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {type_name(kind.value_type)}"
    if pa.types.is_struct(kind):
        return "{" + ", ".join(field.name for field in kind) + "}"
    return "timestamp (µs, UTC)" if pa.types.is_timestamp(kind) else str(kind)
