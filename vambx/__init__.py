"""vambx: a metagenomic binner.

The names below are loaded when they are first used, so that `import vambx` is quick and does not load torch.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "BinConfig": "config",
    "EncoderConfig": "config",
    "FeatureConfig": "config",
    "MarkerConfig": "config",
    "RunConfig": "config",
    "VambxError": "errors",
    "Existing": "provenance",
    "bin_contigs": "pipeline",
    "check_run": "check",
    "concatenate": "catalogue",
    "name_assemblies": "catalogue",
    "read_composition": "features.composition",
    "find_bams": "io.bam_files",
    "read_headers": "features.abundance",
    "read_abundance": "features.abundance",
    "read_marker_set": "markers",
    "find_markers": "markers",
    "estimate_quality": "quality",
    "read_run": "report.run_data",
    "plot_latent": "plots.plots",
    "plot_loss": "plots.plots",
    "plot_bins": "plots.plots",
    "plot_depth": "plots.plots",
    "compare": "comparison.compare",
    "DAE": "encode",
    "PCA": "encode",
    "VAE": "encode",
    "Features": "encode",
    "contig_weights": "encode",
    "trainvae": "encode",
    "iter_clusters": "clustering",
    "Contents": "choice",
    "Copies": "choice",
    "Homologs": "choice",
    "choose": "choice",
    "find_homologs": "choice",
    "recruit": "choice",
}
_ROOMS = ("bins", "choice", "clustering", "encode", "features", "io", "markers", "pipeline", "quality", "vambtools")

__all__ = ["__version__", *_HOME, *_ROOMS]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
