"""Every file of an output folder, named once."""

from dataclasses import dataclass
from pathlib import Path


def bin_file(name: str) -> str:
    """The file of one bin, in the folder of bins."""
    return f"{name}.fna"


@dataclass(frozen=True)
class Layout:
    """Where the files of one run lie."""

    root: Path

    @property
    def composition(self) -> Path:
        """4-mer counts, names and lengths of the contigs."""
        return self.root / "composition.npz"

    @property
    def abundance(self) -> Path:
        """Depth and RPKM of every contig in every sample."""
        return self.root / "abundance.npz"

    @property
    def depths(self) -> Path:
        """Depths of the BAMs that are done, while others are not."""
        return self.root / "depths"

    @property
    def markers(self) -> Path:
        """The marker genes of the contigs."""
        return self.root / "markers.npz"

    @property
    def model(self) -> Path:
        """The trained encoder, with its decoder."""
        return self.root / "model.pt"

    @property
    def history(self) -> Path:
        """One row an epoch of training."""
        return self.root / "history.tsv"

    @property
    def encoders(self) -> Path:
        """One row an encoder, if they were compared: what it loses of the contigs held out."""
        return self.root / "encoders.tsv"

    @property
    def checkpoint(self) -> Path:
        """The state of the training, while it goes on."""
        return self.root / "checkpoint.pt"

    @property
    def latent(self) -> Path:
        """The latent vector of every contig."""
        return self.root / "latent.npz"

    @property
    def clusters(self) -> Path:
        """One row a contig: its cluster, and what is known of the cluster."""
        return self.root / "clusters.tsv"

    @property
    def chosen(self) -> Path:
        """One row a contig: what it was chosen for, in its own sample; the rows of a bin to be."""
        return self.root / "chosen.tsv"

    @property
    def bins(self) -> Path:
        """One FASTA a bin."""
        return self.root / "bins"

    @property
    def bins_table(self) -> Path:
        """One row a bin."""
        return self.root / "bins.tsv"

    @property
    def quality(self) -> Path:
        """One row a bin, with CheckM2's column names; only with markers."""
        return self.root / "quality.tsv"

    @property
    def contig2bin(self) -> Path:
        """Contig and bin, no header (DAS Tool, Binette, anvi'o)."""
        return self.root / "contig2bin.tsv"

    @property
    def cami(self) -> Path:
        """CAMI bioboxes binning format 0.9.1 (AMBER)."""
        return self.root / "binning.cami.tsv"

    @property
    def unbinned(self) -> Path:
        """Contigs that are in no bin, and why."""
        return self.root / "unbinned.tsv"

    @property
    def summary(self) -> Path:
        """What was found, for programs."""
        return self.root / "summary.json"

    @property
    def multiqc(self) -> Path:
        """Bins by grade, a bar a sample, for MultiQC."""
        return self.root / "vambx_mqc.json"

    @property
    def multiqc_stats(self) -> Path:
        """Columns of the general statistics, for MultiQC."""
        return self.root / "vambx_stats_mqc.json"

    @property
    def report(self) -> Path:
        """The page of the run."""
        return self.root / "report.html"

    @property
    def reports(self) -> tuple[Path, ...]:
        """All that tells of a run that is done, and is made of nothing but its other files."""
        return self.summary, self.multiqc, self.multiqc_stats, self.report

    @property
    def run(self) -> Path:
        """What was done: versions, parameters, inputs, stages."""
        return self.root / "run.json"

    @property
    def log(self) -> Path:
        """The plain log."""
        return self.root / "vambx.log"

    @property
    def lock(self) -> Path:
        """Held while a run works in the folder."""
        return self.root / ".vambx.lock"
