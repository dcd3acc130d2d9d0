"""Which reads pycoverm counts, and which of their bases."""

import re

import pysam
import pytest

from vambx.io.bam_depth import mean_depth

LENGTH = 1150  # of which 75 at each end do not count


def write_read(bam, flag, position, cigar, mismatches=0, quality=60, with_bases=True):
    """A record as SAM has it."""
    n_bases = sum(int(n) for n in re.findall(r"(\d+)[MIS=X]", cigar)) or 50
    bases = "A" * n_bases if with_bases else "*"
    fields = ("r", flag, "a", position + 1, quality, cigar, "*", 0, 0, bases, "*", f"NM:i:{mismatches}")
    bam.write(pysam.AlignedSegment.fromstring("\t".join(map(str, fields)), bam.header))


def counted(path, reads, min_identity=0.0):
    """Bases that count."""
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "a", "LN": LENGTH}]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for read in reads:
            write_read(bam, *read)
    return round(float(mean_depth(path, min_identity)[0]) * (LENGTH - 150))


FIRST = (0, 100, "100M")


@pytest.mark.parametrize(
    ("reads", "bases"),
    [
        ([FIRST], 100),
        ([(16, 100, "100M")], 100),
        ([(99, 100, "100M"), (147, 300, "100M")], 200),
        ([(99, 100, "100M"), (147, 150, "100M")], 200),  # mates that overlap
        ([(65, 100, "100M"), (129, 900, "100M")], 200),  # mates far from each other
        ([(73, 100, "100M"), (133, 100, "*")], 100),  # the mate is not mapped
        ([FIRST, (256, 300, "100M")], 100),  # secondary
        ([FIRST, (2048, 300, "50H100M")], 100),  # supplementary
        ([FIRST, (1024, 300, "100M")], 200),  # duplicate
        ([FIRST, (512, 300, "100M")], 200),  # failed
        ([FIRST, (0, 300, "100M", 0, 0)], 200),  # of mapping quality 0
        ([FIRST, (0, 300, "100M", 0, 60, False)], 200),  # bases are not told
        ([(0, 100, "30S100M30S")], 100),
        ([(0, 100, "50M20D50M", 20)], 100),
        ([(0, 100, "50M20N50M")], 100),
        ([(0, 100, "50M20I50M", 20)], 100),
        ([(0, 100, "90=10X", 10)], 100),
        ([(0, 100, "5S900M5S", 300)], 900),  # a long read
    ],
)
def test_primary_alignments_count_with_their_matched_bases(tmp_path, reads, bases):
    assert counted(tmp_path / "x.bam", reads) == bases


@pytest.mark.parametrize(
    ("read", "identity"),
    [
        ((0, 100, "100M", 10), 0.9),
        ((0, 100, "20S100M", 10), 0.9),
        ((0, 100, "80M20I", 20), 0.8),
        ((0, 0, "900M", 270), 0.7),
    ],
)
def test_identity_is_that_of_the_alignment(tmp_path, read, identity):
    found = [counted(tmp_path / "x.bam", [FIRST, read], identity + step) > 100 for step in (-0.01, 0.01)]
    assert found == [True, False]
