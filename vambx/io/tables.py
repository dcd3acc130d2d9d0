"""TSV tables whose rows are dataclasses: the fields are the columns, in their order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any, TypeVar

from vambx.errors import InputError
from vambx.io.atomic import replacing

Row = TypeVar("Row")


def write_rows(path: Path, kind: type[Row], rows: Iterable[Row]) -> None:
    """Write a header of field names, then a line a row.

    Raises:
        OutputError: the file cannot be written.
    """
    write_lines(path, [f.name for f in fields(kind)], (astuple(row) for row in rows))  # type: ignore[arg-type, call-overload]


def write_lines(path: Path, header: Iterable[str] | None, rows: Iterable[Iterable[Any]]) -> None:
    """Write tab-separated values, with a header or without.

    Raises:
        OutputError: the file cannot be written.
    """
    with replacing(path) as handle:
        if header is not None:
            print(*header, sep="\t", file=handle)
        for row in rows:
            print(*row, sep="\t", file=handle)


def read_rows(path: Path, kind: type[Row]) -> Iterator[Row]:
    """Yield the rows of a table that `write_rows` wrote.

    Raises:
        InputError: the file is missing, its header is another, or a line does not fit it.
    """
    columns = fields(kind)  # type: ignore[arg-type]
    convert: list[Callable[[str], Any]] = [f.type for f in columns]  # type: ignore[misc]
    try:
        with open(path, encoding="utf-8") as handle:
            header = handle.readline().rstrip("\n").split("\t")
            if header != [f.name for f in columns]:
                raise InputError(f"{path}: is no such table (columns {', '.join(header)}); make it anew")
            for number, line in enumerate(handle, start=2):
                values = line.rstrip("\n").split("\t")
                try:
                    yield kind(*(make(value) for make, value in zip(convert, values, strict=True)))
                except ValueError as error:
                    raise InputError(f"{path}: line {number} does not fit the table ({error}); make it anew") from error
    except FileNotFoundError as error:
        raise InputError(f"{path}: the file does not exist; run the step that makes it") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is no text file; make it anew") from error
