"""Completeness and contamination of bins, as their marker genes tell.

A genome has each marker once: those that are absent tell what the bin lacks, further copies tell what is foreign.
Markers that lie side by side, as those of the ribosome do, come and go together, and so count less, as they do in
CheckM, which takes genes that are collocated in most genomes for one (Parks et al., Genome Res 2015,
doi 10.1101/gr.186072.114). Here the contigs themselves tell which do.
"""

import numpy as np
import numpy.typing as npt

from vambx.one_thread import on_one_thread

Counts = npt.NDArray[np.integer]


def marker_weights(counts: Counts) -> npt.NDArray[np.float64]:
    """How much each marker counts for completeness: the markers of one contig share a vote.

    Args:
        counts: integers (n_contigs, n_markers), copies of each marker on each contig, the more contigs the better.

    Returns:
        float64 (n_markers,), sum 1: the mean over the contigs with the marker of 1 / (markers on the contig); a marker
        that is nowhere gets the mean of the others.
    """
    there = counts > 0
    share = there / np.maximum(there.sum(axis=1, keepdims=True), 1)
    n_contigs = there.sum(axis=0)
    found = n_contigs > 0
    weights = np.ones(counts.shape[1])
    if found.any():
        weights[found] = share.sum(axis=0)[found] / n_contigs[found]
        weights[~found] = weights[found].mean()
    shares: npt.NDArray[np.float64] = weights / weights.sum()
    return shares


@on_one_thread
def completeness(counts: Counts, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Percent of the genome that is in each bin: the weight of the markers that are there.

    Args:
        counts: integers (n_bins, n_markers), copies of each marker in each bin.
        weights: float64 (n_markers,), sum 1, of `marker_weights`.

    Returns:
        float64 (n_bins,), 0 to 100.
    """
    present: npt.NDArray[np.float64] = (counts > 0) @ weights
    return np.minimum(100 * present, 100.0)


def contamination(counts: Counts) -> npt.NDArray[np.float64]:
    """Foreign bases in each bin, in percent of the length of the genome it stands for: copies beyond the first.

    All markers count alike: with weights the error is larger, for a gene cut in two by the end of a contig, which
    looks like two, is most often one that stands alone.

    Args:
        counts: integers (n_bins, n_markers), copies of each marker in each bin.

    Returns:
        float64 (n_bins,), 0 upwards: a bin of three whole genomes has 200.
    """
    extra = np.maximum(counts.astype(np.int64) - 1, 0).sum(axis=1)
    percent: npt.NDArray[np.float64] = 100 * extra / counts.shape[1]
    return percent
