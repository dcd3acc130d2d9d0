"""Made-up marker genes: profiles of them, and contigs that carry them where a gene caller finds them."""

from collections import defaultdict

import numpy as np
from builders import random_sequence
from pyhmmer.easel import Alphabet, TextSequence
from pyhmmer.plan7 import Background, Builder

from vambx.demo import Truth
from vambx.io.tables import read_rows

RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
CODONS = {
    **{"A": "GCT", "C": "TGT", "D": "GAT", "E": "GAA", "F": "TTT", "G": "GGT", "H": "CAT", "I": "ATT", "K": "AAA"},
    **{"L": "CTG", "M": "ATG", "N": "AAC", "P": "CCG", "Q": "CAG", "R": "CGT", "S": "TCT", "T": "ACC", "V": "GTT"},
    **{"W": "TGG", "Y": "TAT", "*": "TAA"},
}
PROMOTER = "TTGACATTTATGCTTCCGGCTCGTATAATGTGTGGAAGGAGGTAACTT"  # -35, -10 and a ribosome's binding site
COMPLEMENT = str.maketrans("ACGT", "TGCA")
CUTOFF = 100.0


def proteins(n, seed=1, length=220):
    """n proteins of one random sequence each: {marker's name: residues}."""
    rng = np.random.default_rng(seed)
    drawn = rng.choice(list(RESIDUES), size=(n, length))
    return {f"M{i + 1}": "M" + "".join(row) for i, row in enumerate(drawn)}


def relative(protein, share, seed=2):
    """A protein with that share of its residues drawn anew, the first left as it is."""
    rng = np.random.default_rng(seed)
    anew = rng.random(len(protein)) < share
    drawn = rng.choice(list(RESIDUES), size=len(protein))
    return "M" + "".join(np.where(anew, drawn, list(protein)))[1:]


def write_hmms(path, family, cutoffs=("gathering",), bits=CUTOFF):
    """A file of one profile a protein, with cutoffs of those kinds."""
    alphabet = Alphabet.amino()
    with open(path, "wb") as handle:
        for name, protein in family.items():
            sequence = TextSequence(name=name.encode(), sequence=protein).digitize(alphabet)
            hmm, _, _ = Builder(alphabet, seed=1).build(sequence, Background(alphabet))
            for kind in cutoffs:
                setattr(hmm.cutoffs, kind, (bits, bits))
            hmm.write(handle)
    return path


def gene(protein):
    """The bases of a gene and what stands before it."""
    return PROMOTER + "".join(map(CODONS.__getitem__, protein + "*"))


def contig(rng, of, reverse=False, spacer=300):
    """A contig that carries these proteins, one behind the other."""
    parts = [random_sequence(rng, spacer)]
    for protein in of:
        parts += [gene(protein), random_sequence(rng, spacer)]
    bases = "".join(parts)
    return bases.translate(COMPLEMENT)[::-1] if reverse else bases


def plant(community, family, seed=1):
    """Write a gene of each marker over some bases of each genome of each sample."""
    rng = np.random.default_rng(seed)
    lines = community.fasta.read_text().splitlines()
    bases = dict(zip([line[1:] for line in lines[::2]], lines[1::2], strict=True))
    contigs = defaultdict(list)
    for row in read_rows(community.truth, Truth):
        contigs[row.genome, row.sample].append(row.contig)
    for names in contigs.values():
        places = [(name, at) for name in names for at in range(500, len(bases[name]) - 1500, 1000)]
        for protein, place in zip(
            family.values(), rng.choice(len(places), size=len(family), replace=False), strict=True
        ):
            name, at = places[place]
            bases[name] = bases[name][:at] + gene(protein) + bases[name][at + len(gene(protein)) :]
    community.fasta.write_text("".join(f">{name}\n{sequence}\n" for name, sequence in bases.items()))
