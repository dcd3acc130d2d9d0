"""One FASTA a bin, in one pass over the catalogue."""

import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from vambx.bins.binning import Binning
from vambx.errors import InputError
from vambx.features.contigs import Contigs
from vambx.io.atomic import replacing_folder
from vambx.io.fasta import iter_fasta
from vambx.layout import Layout, bin_file

_HELD = 64 << 20  # bases kept in memory before they are added to the bins' files


def write_sequences(
    layout: Layout,
    fasta: str | os.PathLike[str],
    binning: Binning,
    contigs: Contigs,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Write `bins/<bin>.fna`, contigs in the FASTA's order, with their original headers.

    Args:
        layout: where to.
        fasta: the catalogue of contigs.
        binning: which contigs go where.
        contigs: their names and lengths.
        progress: called with the bytes of the FASTA read so far.

    Raises:
        InputError: the FASTA lacks a contig of a bin, or has it in another length.
        OutputError: a file cannot be written.
    """
    bin_of = {contigs.names[row]: made.name for made in binning.bins for row in made.rows}
    waiting: dict[str, list[str]] = defaultdict(list)
    with replacing_folder(layout.bins) as folder:
        held = 0
        for record in iter_fasta(fasta, progress):
            name = bin_of.pop(record.name, None)
            if name is None:
                continue
            if len(record.sequence) != contigs.lengths[contigs.row[record.name]]:
                raise InputError(f"{fasta}: contig {record.name} is not as it was; give the FASTA of this run")
            waiting[name].append(f">{record.header}\n{record.sequence}\n")
            held += len(record.sequence)
            if held > _HELD:
                _append(folder, waiting)
                held = 0
        _append(folder, waiting)
        if bin_of:
            raise InputError(f"{fasta}: contig {next(iter(bin_of))} is not there; give the FASTA of this run")


def _append(folder: Path, waiting: dict[str, list[str]]) -> None:
    """Add what waits to the files; few are open at a time, however many bins there are."""
    for name, records in waiting.items():
        with open(folder / bin_file(name), "a", encoding="utf-8", newline="\n") as handle:
            handle.writelines(records)
    waiting.clear()
