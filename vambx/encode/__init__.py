"""The encoder: from RPKM and TNF to latent vectors."""

from vambx.encode.autoencoder import Reconstruction
from vambx.encode.baselines import Compared, compare_encoders, write_compared
from vambx.encode.batches import split_contigs
from vambx.encode.encoders import ENCODERS, ContigEncoder
from vambx.encode.features import Features
from vambx.encode.history import Epoch, History, Losses
from vambx.encode.networks import Decoder, Encoder
from vambx.encode.notebook import trainvae
from vambx.encode.pca import PCA
from vambx.encode.reconstruction import ReconstructionErrors, reconstruction_errors
from vambx.encode.train import contig_weights
from vambx.encode.vae import DAE, VAE

__all__ = [
    "DAE",
    "ENCODERS",
    "PCA",
    "VAE",
    "Compared",
    "ContigEncoder",
    "Decoder",
    "Encoder",
    "Epoch",
    "Features",
    "History",
    "Losses",
    "Reconstruction",
    "ReconstructionErrors",
    "compare_encoders",
    "contig_weights",
    "reconstruction_errors",
    "split_contigs",
    "trainvae",
    "write_compared",
]
