"""Single-copy marker genes: which, where, and what they tell of a bin. Importing it loads no gene caller."""

from vambx.markers.find import find_markers
from vambx.markers.hits import Markers
from vambx.markers.quality import completeness, contamination, marker_weights
from vambx.markers.sets import MarkerSet, read_marker_set

__all__ = [
    "MarkerSet",
    "Markers",
    "completeness",
    "contamination",
    "find_markers",
    "marker_weights",
    "read_marker_set",
]
