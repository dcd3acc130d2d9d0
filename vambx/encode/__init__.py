"""The encoder: from RPKM and TNF to latent vectors."""

from vambx.encode.notebook import trainvae
from vambx.encode.train import Epoch, contig_weights, fit
from vambx.encode.vae import VAE, Dataset

__all__ = ["VAE", "Dataset", "Epoch", "contig_weights", "fit", "trainvae"]
