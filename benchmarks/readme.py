"""Tables that are made from results, in their place in the README."""

from pathlib import Path


def splice(text: str, table: str, marker: str) -> str:
    """Put the table between `<!-- marker -->` and `<!-- /marker -->`.

    Raises:
        ValueError: the text does not have both, once each and in order.
    """
    opening, closing = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    before, begin, rest = text.partition(opening)
    _, end, after = rest.partition(closing)
    if not (begin and end) or opening in after or closing in before + after:
        raise ValueError(f"needs {opening} and, after it, {closing}, once each")
    return f"{before}{opening}\n\n{table}\n\n{closing}{after}"


def write_table(readme: Path, table: str, marker: str) -> None:
    """Put the table into its place in a file; see `splice`."""
    readme.write_text(splice(readme.read_text(encoding="utf-8"), table, marker), encoding="utf-8")
