import hashlib

import pyarrow as pa
import pytest

from archive.layout import TableName
from archive.schema import COLUMNS, SCHEMA_VERSION, SCHEMAS

# Raise SCHEMA_VERSION together with these: readers of years of files depend on names, order and types.
FROZEN = {
    ("captures", "1"): "521477a04d510f7e",
    ("articles", "1"): "9166afd0bdbc49e8",
    ("captures", "2"): "521477a04d510f7e",
    ("articles", "2"): "8fd016d6c9810197",
}


def shape(schema: pa.Schema) -> str:
    lines = [f"{field.name} {field.type} {field.nullable}" for field in schema]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@pytest.mark.parametrize("table", ["captures", "articles"])
def test_columns_do_not_change_within_a_schema_version(table: TableName) -> None:
    assert shape(SCHEMAS[table]) == FROZEN[table, SCHEMA_VERSION]


@pytest.mark.parametrize("table", ["captures", "articles"])
def test_every_column_says_what_it_holds_in_one_sentence(table: TableName) -> None:
    for field, column in zip(SCHEMAS[table], COLUMNS[table], strict=True):
        description = field.metadata[b"description"].decode()
        assert description == column.description
        assert description.endswith(".")
        assert "\n" not in description
        assert len(description) > 10
    assert SCHEMAS[table].metadata == {b"table": table.encode(), b"schema_version": SCHEMA_VERSION.encode()}


def test_columns_shared_with_common_crawl_have_its_types() -> None:
    captures = SCHEMAS["captures"]
    assert captures.field("fetch_status").type == pa.int16()
    assert captures.field("warc_record_offset").type == pa.int64()
    assert captures.field("fetch_time").type == pa.timestamp("us", "UTC")
    shared = ("fetch_time", "content_digest", "warc_filename", "warc_record_offset", "warc_record_length")
    for name in shared:
        assert captures.field(name).type == SCHEMAS["articles"].field(name).type
