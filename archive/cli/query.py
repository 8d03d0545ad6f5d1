"""``baotinh query``: SQL over the corpus, which it can read and nothing else."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from typing import Any

import duckdb
from rich.table import Column, Table

from archive.cli.console import as_json, cell, console, plain, text
from archive.corpus import sealed_connection
from archive.errors import UsageError
from archive.layout import DataFolder

_SHOWN = 200
_BATCH = 1000


def add_parser(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "query",
        parents=[common],
        help="ask the corpus in SQL",
        description="Run one SELECT over the views captures, articles and aliases (DuckDB's SQL; see docs/corpus.md).",
    )
    parser.add_argument("sql", metavar="SQL", help="one SELECT statement; - reads it from stdin")
    parser.add_argument("--csv", action="store_true", help="answer in CSV")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, folder: DataFolder) -> int:
    """Run the statement and print its rows as a table, as JSON lines, or as CSV."""
    if args.csv and args.json:
        raise UsageError("--csv and --json exclude each other.")
    sql = sys.stdin.read() if args.sql == "-" else args.sql
    with sealed_connection(folder) as database:
        try:
            _require_select(database, sql)
            result = database.execute(sql)
            names = [column[0] for column in result.description or ()]
            _print(args, names, _rows(result))
        except duckdb.Error as error:
            raise UsageError(str(error)) from error
    return 0


def _require_select(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    """One SELECT only: COPY could write into the corpus, which the seal on files alone does not prevent."""
    kinds = [statement.type for statement in database.extract_statements(sql)]
    if kinds != [duckdb.StatementType.SELECT]:
        raise UsageError("give one SELECT statement (or DESCRIBE, SUMMARIZE): the corpus is only read here.")


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while batch := result.fetchmany(_BATCH):
        yield from batch


def _print(args: argparse.Namespace, names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    if args.json:
        for row in rows:
            print(as_json(dict(zip(names, row, strict=True))))
    elif args.csv:
        shown = plain if sys.stdout.isatty() else str
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        for row in rows:
            writer.writerow(["" if value is None else shown(_csv_value(value)) for value in row])
    else:
        _print_table(names, rows)


def _csv_value(value: object) -> object:
    return as_json(value).strip('"') if isinstance(value, list | dict) or hasattr(value, "tzinfo") else value


def _print_table(names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    table = Table(*(Column(text(name)) for name in names))
    more = 0
    for number, row in enumerate(rows):
        if number < _SHOWN:
            table.add_row(*(text(cell(value)) for value in row))
        else:
            more += 1
    out = console()
    out.print(table)
    if more:
        out.print(f"… and {more} more rows; --json or --csv gives them all.")
