"""Data sets with known genomes."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Dataset:
    """A folder of contigs.fna.gz, bams/, truth.tsv and genomes.tsv.

    Attributes:
        name: what results call it.
        folder: where it lies.
    """

    name: str
    folder: Path

    @classmethod
    def of(cls, given: str) -> "Dataset":
        """From `FOLDER`, called as the folder is, or `NAME=FOLDER`.

        Raises:
            ValueError: a part of the data set is not there.
        """
        name, equals, path = given.partition("=")
        folder = Path(path if equals else given).resolve()
        found = cls(name if equals else folder.name, folder)
        for part in (found.fasta, found.truth, found.genomes, found.bams):
            if not part.exists():
                raise ValueError(f"{part}: not there; a data set has contigs.fna.gz, bams/, truth.tsv and genomes.tsv")
        return found

    @property
    def fasta(self) -> Path:
        """The contigs."""
        return self.folder / "contigs.fna.gz"

    @property
    def bams(self) -> Path:
        """The folder of the samples' reads."""
        return self.folder / "bams"

    @property
    def truth(self) -> Path:
        """Contig, genome, sample, length."""
        return self.folder / "truth.tsv"

    @property
    def genomes(self) -> Path:
        """Genome, length, species."""
        return self.folder / "genomes.tsv"
