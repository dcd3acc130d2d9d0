"""Step 1: the 4-mers of the contigs."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from vambx.config import BinConfig, FeatureConfig
from vambx.features.composition import Composition, read_composition
from vambx.io.fasta import existing_fasta
from vambx.layout import Layout
from vambx.progress import Progress
from vambx.provenance import Run, Step
from vambx.steps.samples import mode_of, separator_of

logger = logging.getLogger(__name__)

PathLike = str | os.PathLike[str]


def step_of(layout: Layout, fasta: PathLike, config: FeatureConfig) -> Step:
    """What is made of what."""
    lengths = config.settings("min_length", "recruit_length")
    return Step("composition", lengths, [existing_fasta(fasta)], [layout.composition])


def make(
    run: Run,
    fasta: PathLike,
    config: FeatureConfig,
    progress: Progress,
    check: Callable[[Composition], object] = lambda composition: None,
) -> None:
    """Write composition.npz.

    Args:
        run: the folder.
        fasta: the contigs.
        config: which contigs are taken.
        progress: told of the bytes read.
        check: looks at the composition before it is written, and raises an error if the run cannot go on with it.
    """

    def work(key: str) -> None:
        composition = read(fasta, config, progress)
        check(composition)
        composition.write(run.layout.composition)

    run.step(step_of(run.layout, fasta, config), work)


def read(fasta: PathLike, config: FeatureConfig, progress: Progress) -> Composition:
    """Read the contigs and count their 4-mers, which is quick."""
    fasta = existing_fasta(fasta)
    with progress.task("Reading contigs", os.path.getsize(fasta), "bytes") as task:
        return read_composition(fasta, config.min_length, task.advance_to, config.recruit_length)


def tell_mode(run: Run, fasta: PathLike, config: BinConfig, n_samples: int) -> None:
    """Say what kind of project it is.

    Raises:
        InputError: the names of the contigs cannot all be split in one way.
    """
    composition = Composition.read(run.layout.composition, mapped=True)
    separator = separator_of(Path(fasta), composition, config)
    logger.info("Mode: %s. %s", mode_of(separator, composition.contigs, n_samples), separator.description)
