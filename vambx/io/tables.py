"""TSV tables: of rows that are dataclasses, whose fields are the columns in their order, and of any columns."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any, TypeVar

from vambx.errors import InputError
from vambx.io.atomic import replacing
from vambx.io.digests import not_made
from vambx.io.text import iter_lines, number_in, short, whole_in

Row = TypeVar("Row")
_READ: dict[object, Callable[[str], Any]] = {float: number_in, int: whole_in}


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
    if not path.exists():
        raise not_made(path)
    columns = fields(kind)  # type: ignore[arg-type]
    convert: list[Callable[[str], Any]] = [_READ.get(f.type, f.type) for f in columns]  # type: ignore[arg-type, misc]
    lines = iter_lines(path, "make it anew")
    _, header = next(lines, (0, ""))
    if header.split("\t") != [f.name for f in columns]:
        said = ", ".join(header.split("\t"))
        raise InputError(f"{path}: is no such table (columns {short(said)}); make it anew")
    for number, line in lines:
        try:
            yield kind(*(make(value) for make, value in zip(convert, line.split("\t"), strict=True)))
        except ValueError as error:
            said = short(str(error))
            raise InputError(f"{path}: line {number} does not fit the table ({said}); make it anew") from error


def read_columns(path: Path, remedy: str, needed: Collection[str] = ()) -> Iterator[dict[str, str]]:
    """Yield the rows of a table with a header, as text by column.

    Raises:
        InputError: the file is missing or no text, a column is missing or there twice, or a line has more or fewer.
    """
    lines = iter_lines(path, remedy)
    _, header = next(lines, (0, ""))
    columns = header.split("\t")
    if missing := [name for name in needed if name not in columns]:
        raise InputError(f"{path}: has no columns {', '.join(missing)}; {remedy}")
    if len(set(columns)) < len(columns):
        raise InputError(f"{path}: two of its columns have one name; {remedy}")
    for number, line in lines:
        values = line.split("\t")
        if len(values) != len(columns):
            raise InputError(f"{path}: line {number} has {len(values)} columns, not {len(columns)}; {remedy}")
        yield dict(zip(columns, values, strict=True))
