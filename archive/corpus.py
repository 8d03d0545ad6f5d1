"""Opening the Parquet tables of the corpus by SQL, with the views that its readers know."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa

from archive.access import shown
from archive.claims import reading
from archive.errors import StorageError
from archive.layout import DataFolder, TableName
from archive.schema import ADDED, SCHEMAS


def is_empty(folder: DataFolder, name: TableName) -> bool:
    """Whether nothing is published in the table ``name``."""
    return next(folder.table(name).glob("month=*/*.parquet"), None) is None


def duckdb_connection(folder: DataFolder, public: bool = False) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with the views ``captures``, ``articles`` (plus ``is_latest``) and ``aliases``, times in UTC.

    ``aliases`` gives an ``article_id`` for every address that led to it. With ``public``, for readers, rows of
    addresses that were taken down are left out. Close the connection, or use it in ``with``. Raises ``StorageError``
    when the tables' files are not of Parquet.
    """
    database = _new_instance()
    try:
        _create_views(database, folder, public)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def reading_corpus(
    folder: DataFolder, public: bool = False, memory: str | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """``duckdb_connection`` for our own SQL: what fails in it is the tables' fault and becomes a ``StorageError``.

    It is a session of an instance that all share, as making one takes 20 ms; with ``memory``, the most that it may use
    (as DuckDB writes sizes), of one of its own.
    """
    instance = _shared_instance() if memory is None else _new_instance(memory_limit=memory)
    with reading(folder), instance.cursor() as database, _naming_the_remedy(folder):
        _create_views(database, folder, public)
        yield database


@lru_cache(maxsize=1)
def _shared_instance() -> duckdb.DuckDBPyConnection:
    return _new_instance()


def _new_instance(**config: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"temp_directory": "", **config})


def _create_views(database: duckdb.DuckDBPyConnection, folder: DataFolder, public: bool) -> None:
    """Make the views, which go with the session."""
    with _naming_the_remedy(folder):
        database.execute("SET TimeZone = 'UTC'")
        condition = shown(database, folder) if public else "true"
        for name in SCHEMAS:
            _create_source(database, folder, name, condition)
        database.execute(_VIEWS)


@contextmanager
def _naming_the_remedy(folder: DataFolder) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        problem = str(error).partition("\n")[0]
        remedy = "`baotinh verify` names the damaged file, `baotinh rebuild` makes the tables anew from the WARC files"
        raise StorageError(f"{folder.corpus}: {problem}. {remedy}.") from error


def _create_source(database: duckdb.DuckDBPyConnection, folder: DataFolder, name: TableName, condition: str) -> None:
    """``<name>_files``: the rows of published files that meet ``condition``, or an empty table of the same columns."""
    root = folder.table(name).resolve()
    if is_empty(folder, name):
        database.register("nothing", SCHEMAS[name].append(pa.field("month", pa.string())).empty_table())
        database.execute(f"CREATE TEMP TABLE {name}_files AS SELECT * FROM nothing")  # noqa: S608
        database.unregister("nothing")
        return
    pattern = str(root / "month=*" / "*.parquet").replace("'", "''")
    # Files of different schema versions are united by name, which opens each of them: a millisecond a file.
    union = any(lacks_columns(path, name) for path in root.glob("month=*/*.parquet"))
    database.execute(
        f"CREATE TEMP VIEW {name}_files AS SELECT * FROM read_parquet('{pattern}', hive_partitioning = true, "  # noqa: S608
        f"hive_types = {{'month': VARCHAR}}, union_by_name = {str(union).lower()}) WHERE {condition}"
    )


def lacks_columns(path: Path, name: TableName) -> bool:
    """Whether the file at ``path`` was written before the table had all its columns; their names are in its footer.

    A file without a Parquet footer lacks none: whoever opens it will say what is wrong with it.
    """
    if not ADDED[name]:
        return False
    status = path.stat()
    return _lacks_columns(path, name, (status.st_ino, status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=1 << 14)
def _lacks_columns(path: Path, name: TableName, stamp: tuple[int, ...]) -> bool:
    """``lacks_columns`` of the file that ``stamp`` belongs to: a harvest asks once for each of its portals."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        length, mark = file.read(4), file.read(4)
        if mark != b"PAR1":
            return False
        file.seek(max(0, size - 8 - int.from_bytes(length, "little")))
        footer = file.read()
    return any(column.encode() not in footer for column in ADDED[name])


# ``is_latest`` by a join, not a window: a lookup by URL then reads one row group and not the text of every article.
_VIEWS = """
CREATE TEMP VIEW captures AS SELECT * FROM captures_files;
CREATE TEMP VIEW articles AS
    SELECT files.*, files.version = newest.version AS is_latest FROM articles_files AS files
    JOIN (SELECT article_id, max(version) AS version FROM articles_files GROUP BY ALL) AS newest USING (article_id);
CREATE TEMP VIEW aliases AS
    SELECT url AS alias, article_id FROM articles_files
    UNION SELECT canonical_url, article_id FROM articles_files WHERE canonical_url IS NOT NULL
    UNION SELECT unnest(aliases), article_id FROM articles_files
    UNION SELECT captures_files.url, article_id FROM captures_files
        JOIN articles_files ON fetch_redirect IN (articles_files.url, canonical_url);
"""


@contextmanager
def sealed_connection(folder: DataFolder) -> Iterator[duckdb.DuckDBPyConnection]:
    """``duckdb_connection`` for strangers' SQL: it reads the corpus and nothing else, and its settings are locked."""
    with reading(folder), duckdb_connection(folder, public=True) as database:
        corpus = str(folder.corpus.resolve()).replace("'", "''")
        database.execute(f"SET allowed_directories = ['{corpus}/']")
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
        yield database
