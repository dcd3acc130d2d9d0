"""What the fuzzing of binary files found: each was a traceback, or was taken for good."""

import numpy as np
import pytest
from builders import sentence
from faults import binary_readers as readers

from vambx.errors import InputError
from vambx.io.npz import pack_text, read_arrays, write_arrays

BYTES = np.frombuffer(b"\xff\xfe", dtype=np.uint8)


def changed(seeds, **arrays):
    """The first file that a reader begins with, with other arrays; these may be made of those that were there."""

    def write(folder):
        path = seeds(folder)[0]
        known = read_arrays(path, _names(path))
        known |= {name: array(known[name]) if callable(array) else array for name, array in arrays.items()}
        write_arrays(path, known)
        return path

    return write


def _names(path):
    with np.load(path, allow_pickle=False) as archive:
        return archive.files


def directory(seeds, entry):
    """A file that a reader begins with, with other bytes, {place: byte}, in the first entry of its directory."""

    def write(folder):
        path = seeds(folder)[0]
        content = bytearray(path.read_bytes())
        start = content.index(b"PK\x01\x02")
        for at, byte in entry.items():
            content[start + at] = byte
        path.write_bytes(content)
        return path

    return write


CASES = [
    (
        readers.composition,
        changed(readers.composition_seeds, lengths=lambda a: -a),
        "lengths, GC, counts or sketches that cannot",
    ),
    (readers.composition, changed(readers.composition_seeds, lengths=lambda a: a + 0.5), "lengths, GC, counts or"),
    (readers.composition, changed(readers.composition_seeds, gc=lambda a: a * np.nan), "lengths, GC, counts or"),
    (readers.composition, changed(readers.composition_seeds, counts=lambda a: a * 0), "lengths, GC, counts or"),
    (
        readers.composition,
        changed(readers.composition_seeds, counts=lambda a: a.astype("U3")),
        "lengths, GC, counts or",
    ),
    (readers.composition, changed(readers.composition_seeds, min_length=np.array(np.inf)), "do not fit each other"),
    (readers.abundance, changed(readers.abundance_seeds, samples=BYTES), "its names are no text"),
    (readers.abundance, changed(readers.abundance_seeds, names_sha256=BYTES), "its names are no text"),
    (readers.abundance, changed(readers.abundance_seeds, samples=pack_text(["a\tb"])), "or one that is no name"),
    (readers.abundance, changed(readers.abundance_seeds, depth=lambda a: a.astype("U5")), "the matrix does not fit"),
    (readers.abundance, changed(readers.abundance_seeds, rpkm=lambda a: a.astype(np.int64)), "the matrix does not fit"),
    (readers.abundance, changed(readers.abundance_seeds, rpkm=lambda a: a * np.nan), "holds depths that cannot be"),
    (readers.latent, changed(readers.latent_seeds, latent=lambda a: a.astype("U5")), "is no latent of these contigs"),
    (readers.latent, changed(readers.latent_seeds, latent=lambda a: a[:, 0]), "is no latent of these contigs"),
    (readers.markers, changed(readers.markers_seeds, contig=lambda a: a + 3), "do not fit its contigs and markers"),
    (readers.markers, changed(readers.markers_seeds, score=lambda a: a * np.nan), "do not fit its contigs and markers"),
    (readers.markers, changed(readers.markers_seeds, cut=lambda a: a.astype(np.uint8)), "do not fit each other"),
    (readers.parts, changed(readers.parts_seeds, contig=lambda a: a - 2), "are not those of a part of this step"),
    (readers.parts, changed(readers.parts_seeds, marker=lambda a: a[:1]), "are not those of a part of this step"),
    (readers.parts, changed(readers.parts_seeds, score=lambda a: a.astype("U5")), "are not those of a part"),
    (readers.depths, directory(readers.depths_seeds, {6: 90}), ""),  # "needs version 9.0 of zip"
    (readers.depths, directory(readers.depths_seeds, {9: 8, 46: 255}), ""),  # a name in UTF-8 that is none
]


@pytest.mark.parametrize(("read", "write", "problem"), CASES)
def test_what_was_found_is_refused(tmp_path, read, write, problem):
    path = write(tmp_path)
    with pytest.raises(InputError, match=sentence(path, problem, "")):
        read(path)


@pytest.mark.parametrize(
    ("read", "seeds"),
    [
        (readers.composition, readers.composition_seeds),
        (readers.abundance, readers.abundance_seeds),
        (readers.latent, readers.latent_seeds),
        (readers.markers, readers.markers_seeds),
        (readers.parts, readers.parts_seeds),
        (readers.depths, readers.depths_seeds),
    ],
)
def test_what_is_as_it_was_is_read(tmp_path, read, seeds):
    read(changed(seeds)(tmp_path))
