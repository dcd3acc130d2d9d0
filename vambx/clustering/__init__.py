"""The clusterer: from latent vectors, or any matrix, to clusters."""

from vambx.clustering.medoids import Cluster, iter_clusters

__all__ = ["Cluster", "iter_clusters"]
