"""The choice of genomes: from latent vectors, depths, clusters and markers to the contigs of each genome."""

from vambx.choice.choose import Chosen, around_medoid, choose, large_groups
from vambx.choice.copies import Copies
from vambx.choice.homologs import Homologs, find_homologs
from vambx.choice.recruit import recruit
from vambx.choice.views import Contents

__all__ = [
    "Chosen",
    "Contents",
    "Copies",
    "Homologs",
    "around_medoid",
    "choose",
    "find_homologs",
    "large_groups",
    "recruit",
]
