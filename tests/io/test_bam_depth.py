"""Which reads pycoverm counts, and which of their bases."""

import re

import numpy as np
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


KINDS = {  # how reads lie on the contigs: their flags, and operations that their CIGARs are made of
    "single": ((0, 16), "SM"),
    "paired": ((99, 147, 83, 163, 65, 129, 73), "MIDM"),
    "long": ((0, 16), "=X=DIN="),
    "marked": ((1024, 512, 1024 + 99), "M"),
    "secondary": ((256, 272, 256 + 99), "HM"),
    "supplementary": ((2048, 2064), "HMH"),
    "unmapped": ((4, 133), "M"),
}


def random_reads(rng, lengths, n):
    """Lines of SAM without those of pairs, sorted by coordinate; the operations of unmapped reads do not count."""
    for i, name in enumerate(lengths):
        for start in np.sort(rng.integers(1, lengths[name] - 2000, size=n)):
            flags, operations = list(KINDS.values())[rng.integers(len(KINDS))]
            sizes = rng.integers(1, 200, size=len(operations))
            cigar = "".join(f"{size}{operation}" for size, operation in zip(sizes, operations, strict=True))
            yield f"r{i}\t{rng.choice(flags)}\t{name}\t{start}\t{rng.integers(61)}\t{cigar}\t*\t0\t0\t*\t*\tNM:i:0\n"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_depths_are_those_of_samtools_depth(tmp_path, seed):
    lengths = {"a": 5000, "b": 60_000, "c": 3000}
    text, path = tmp_path / "x.sam", tmp_path / "x.bam"
    head = "@HD\tVN:1.6\tSO:coordinate\n" + "".join(f"@SQ\tSN:{name}\tLN:{n}\n" for name, n in lengths.items())
    more_than_a_bam_holds = f"long\t0\tb\t1\t60\t{'1M1I' * 40_000}\t*\t0\t0\t*\t*\tNM:i:40000\n"  # in its CG tag
    reads = list(random_reads(np.random.default_rng(seed), lengths, 300))
    reads.insert(300, more_than_a_bam_holds)
    text.write_text(head + "".join(reads))
    pysam.view("-b", "-o", str(path), str(text), catch_stdout=False)
    counted = ("-g", "QCFAIL,DUP", "-G", "SUPPLEMENTARY")
    told = [line.split("\t") for line in pysam.depth("-aa", *counted, str(path)).splitlines()]
    want = [np.mean([int(n) for contig, _, n in told if contig == name][75:-75]) for name in lengths]
    np.testing.assert_allclose(mean_depth(path, 0.0), want, rtol=1e-6)
    assert min(want) > 1
