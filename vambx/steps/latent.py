"""Step 4: the latent vectors of the contigs."""

import logging

import numpy as np

from vambx.config import EncoderConfig
from vambx.features.abundance import Abundance
from vambx.features.composition import Composition
from vambx.io.atomic import replacing
from vambx.io.npz import write_arrays
from vambx.layout import Layout
from vambx.progress import Progress
from vambx.provenance import Existing, Run, Step

logger = logging.getLogger(__name__)

LEAST_TO_TRAIN = 32
"""With fewer contigs nothing can be learnt; each becomes a cluster of its own."""


def step_of(layout: Layout, config: EncoderConfig) -> Step:
    """What is made of what."""
    inputs, outputs = [layout.composition, layout.abundance], [layout.model, layout.latent, layout.history]
    return Step("latent", config.result_settings, inputs, [*outputs, layout.encoders])


def make(run: Run, config: EncoderConfig, progress: Progress) -> None:
    """Write model.pt, history.tsv and latent.npz; with too few contigs to train on, a latent of no dimensions alone."""
    layout = run.layout
    if run.existing is Existing.FORCE:
        layout.checkpoint.unlink(missing_ok=True)
    run.step(step_of(layout, config), lambda key: encode(layout, config, progress))
    layout.checkpoint.unlink(missing_ok=True)


def check_device(config: EncoderConfig) -> None:
    """See that a device asked for is there, before any work; torch is loaded only where it must be asked."""
    if config.device == "cuda":
        from vambx.encode.device import resolve_device

        resolve_device(config.device)


def encode(layout: Layout, config: EncoderConfig, progress: Progress) -> dict[str, str | int]:
    """Train, and encode the contigs; returns what that was done on, as `vambx.encode.device.training_on` tells."""
    composition = Composition.read(layout.composition, mapped=True)
    abundance = Abundance.read(layout.abundance, composition.contigs, mapped=True)
    long = composition.long
    if len(long) < LEAST_TO_TRAIN:
        logger.warning(
            "Contigs of >= %d bp: %d, too few to train on (%d); each is a cluster of its own",
            composition.min_length,
            len(long),
            LEAST_TO_TRAIN,
        )
        for path in (layout.model, layout.history, layout.encoders):
            path.unlink(missing_ok=True)
        write_arrays(layout.latent, {"latent": np.zeros((len(long), 0), dtype=np.float32)})
        return {}
    from vambx.encode import ENCODERS, Epoch, Features, compare_encoders, contig_weights, write_compared  # loads torch
    from vambx.encode.device import training_on

    features = Features(abundance.rpkm, composition.counts, long, abundance.samples, fronts=composition.fronts)
    with progress.task("Training", 1, "") as task:

        def tell(epoch: Epoch) -> None:
            task.advance_to(epoch.number / epoch.of, epoch.line)
            logger.debug("Epoch %s", epoch.line)

        weights = contig_weights(composition.contigs.lengths[long])
        model = ENCODERS[config.encoder].of(features, config).fit(features, weights, tell, layout.checkpoint)
    with replacing(layout.model, "wb") as handle:
        model.save(handle)
    if model.history is None:
        layout.history.unlink(missing_ok=True)
    else:
        model.history.write(layout.history)
    if config.compare:
        with progress.task("Comparing encoders", 3, "") as task:
            begun = iter(range(1, 3))
            rows = compare_encoders(model, features, weights, lambda name: task.advance_to(next(begun), name))
            write_compared(layout.encoders, rows)
    else:
        layout.encoders.unlink(missing_ok=True)
    write_arrays(layout.latent, {"latent": model.transform(features)})
    return training_on(config)
