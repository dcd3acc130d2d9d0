"""The readers of binary files, for `fuzzing.py`; each sees, too, that what was read is what its docstring promises."""

from functools import cache

import numpy as np
from faults import bam_readers
from faults.mutations import inside_zip, set_digits, spoiled
from faults.reader import Reader

from vambx.errors import InputError
from vambx.features.abundance import Abundance
from vambx.features.composition import Composition, SetAside
from vambx.features.contigs import Contigs
from vambx.features.depths import SampleDepths, table_in
from vambx.features.latent import Latent
from vambx.features.sketches import Sketches
from vambx.markers import Markers
from vambx.markers.hits import OF_HITS, are_hits
from vambx.parts import Part, read_parts, write_part

N = 6
NAMES = tuple(f"S{1 + i % 2}C{i}" for i in range(N))
CONTIGS = Contigs(NAMES, np.arange(2000, 2000 + 500 * N, 500), np.linspace(0.3, 0.6, N, dtype=np.float32))


def npz_mutation(content, draw):
    """Members changed behind their checksums, in the text of their headers above all."""
    return inside_zip(draw.choice((spoiled, set_digits, _odd_header)))(content, draw)


def _odd_header(content, draw):
    """Another type, order or shape for an array."""
    words = (b"'|O'", b"'<f8'", b"'>i4'", b"'<U9'", b"'|V4'", b"'|b1'", b"[('a', '<f4')]", b"'<M8[s]'", b"'|S0'")
    shapes = (b"()", b"(-1,)", b"(6, -1)", b"(0, 136)", b"(1000000000000,)", b"(6,)", b"(3, 2)", b"(True,)", b"(1.0,)")
    start, stop = content.find(b"'descr': ") + 9, content.find(b", 'fortran")
    if 9 <= start < stop and draw.random() < 0.5:
        return content[:start] + _as_long(draw.choice(words), stop - start, draw) + content[stop:]
    start, stop = content.find(b"'shape': ") + 9, content.find(b", }")
    if 9 <= start < stop:
        return content[:start] + _as_long(draw.choice(shapes), stop - start, draw) + content[stop:]
    return spoiled(content, draw)


def _as_long(text, length, draw):
    return text.ljust(length) if draw.random() < 0.8 else text


# --- what vambx itself writes as npz


def composition_seeds(folder):
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 50, (N, 136), dtype=np.uint32)
    aside = (SetAside("short", 90, "shorter than the minimum length"), SetAside("n", 3000, "all N"))
    sketches = Sketches(rng.integers(0, 1 << 32, 2 * N, dtype=np.uint32), np.full(N, 2))
    Composition(CONTIGS, counts, 2500, aside, sketches, counts[1:] // 2).write(folder / "composition.npz")
    Composition(CONTIGS.take(np.arange(0)), counts[:0], 2500, (), Sketches.none(0), counts[:0]).write(
        folder / "none.npz"
    )
    return [folder / "composition.npz", folder / "none.npz"]


def composition(path):
    read = Composition.read(path, mapped=path.stat().st_size % 2 == 0)
    n, contigs = len(read.contigs), read.contigs
    assert (read.counts.shape, read.counts.dtype) == ((n, 136), np.uint32)
    assert (contigs.lengths.shape, contigs.lengths.dtype) == ((n,), np.int64)
    assert (contigs.gc.shape, contigs.gc.dtype) == ((n,), np.float32)
    assert len(contigs.row) == n
    assert (contigs.lengths > 0).all()
    assert ((contigs.gc >= 0) & (contigs.gc <= 1)).all()
    assert np.isfinite(read.frequencies).all()
    assert (read.fronts.shape, read.fronts.dtype) == ((len(read.long), 136), np.uint32)
    assert (read.fronts <= read.counts[read.long]).all()
    assert all(isinstance(contig.length, int) for contig in read.set_aside)


def abundance_seeds(folder):
    rng = np.random.default_rng(2)
    for n_samples in (1, 3):
        depth = rng.lognormal(1, 1, (N, n_samples)).astype(np.float32)
        samples = tuple(f"sample {i}" for i in range(n_samples))
        Abundance(depth, depth * 3, samples, CONTIGS.digest).write(folder / f"{n_samples}.npz")
    return [folder / "1.npz", folder / "3.npz"]


def abundance(path):
    read = Abundance.read(path, CONTIGS, mapped=path.stat().st_size % 2 == 0)
    assert len(set(read.samples)) == len(read.samples)
    for matrix in (read.depth, read.rpkm):
        assert (matrix.shape, matrix.dtype) == ((N, len(read.samples)), np.float32)
        assert np.isfinite(matrix).all()
        assert (matrix >= 0).all()


def depths_seeds(folder):
    depth = np.random.default_rng(3).lognormal(1, 1, N).astype(np.float32)
    SampleDepths("S1", depth, "ab" * 32, 0.97, CONTIGS.digest).write(folder / "S1.npz")
    return [folder / "S1.npz"]


def depths(path):
    if (table := table_in(path)) is not None:
        table.read(CONTIGS)
    read = SampleDepths.read(path, CONTIGS)
    assert (read.depth.shape, read.depth.dtype) == ((N,), np.float32)
    assert np.isfinite(read.depth).all()


def markers_seeds(folder):
    hits = np.array([0, 0, 2, 5]), np.array([1, 2, 0, 1]), np.float32([50, 20.5, 99, 12])
    hits = *hits, np.array([7, -8, 9, 7]), np.array([False, True, False, False])
    Markers(("A", "B", "C"), *hits, N, CONTIGS.digest).write(folder / "markers.npz")
    Markers((), *(each[:0] for each in hits), N, CONTIGS.digest).write(folder / "none.npz")
    return [folder / "markers.npz", folder / "none.npz"]


def markers(path):
    read = Markers.read(path, CONTIGS)
    assert read.counts.shape == (N, len(read.names))


def latent_seeds(folder):
    from vambx.io.npz import write_arrays

    write_arrays(folder / "latent.npz", {"latent": np.random.default_rng(4).normal(size=(N, 4)).astype(np.float32)})
    write_arrays(folder / "none.npz", {"latent": np.zeros((N, 0), dtype=np.float32)})
    return [folder / "latent.npz", folder / "none.npz"]


def latent(path):
    vectors = Latent.read(path, N).of(np.array([4, 1]))
    assert (vectors.dtype, vectors.ndim) == (np.float32, 2)
    assert np.isfinite(vectors).all()


def parts_seeds(folder):
    for number in (1, 2):
        arrays = {name: np.ones(3, dtype=one.dtype) for name, one in OF_HITS.items()}
        write_part(folder / f"{number}.npz", Part(number, 2), "key", arrays)
    return [folder / "1.npz", folder / "2.npz"]


def parts(path):
    for read in read_parts(sorted(path.parent.glob("?.npz")), "key", OF_HITS, lambda part: are_hits(part, N, 3)):
        assert Markers(("A", "B", "C"), *(read[name] for name in OF_HITS), N, "").counts.shape == (N, 3)


# --- what others write


def vamb_seeds(folder):
    """As Vamb writes them: compressed, names as objects."""
    import hashlib

    names = (*NAMES, "x")
    matrix = np.random.default_rng(5).lognormal(1, 1, (len(names), 2)).astype(np.float32)
    refhash = hashlib.md5("".join(names).encode(), usedforsecurity=False).digest()
    samples = np.array(["a.bam", "b.bam"], dtype=object)
    np.savez_compressed(folder / "abundance.npz", matrix=matrix, samplenames=samples, minid=0.001, refhash=refhash)
    np.savez_compressed(folder / "composition.npz", identifiers=np.array(names, dtype=object), minlength=2000)
    return [folder / "abundance.npz", folder / "composition.npz"]


def vamb(path):
    table = table_in(path.with_name("abundance.npz"))
    if table is None:
        raise InputError("one of ours")
    read = table.read(CONTIGS)
    assert (read.shape, read.dtype) == ((N, len(table.samples)), np.float32)
    assert np.isfinite(read).all()


# --- models


@cache
def simple_features():
    from encode.simple import features

    return features(n_groups=2, per_group=20)


def small_config(**more):
    from vambx.config import EncoderConfig

    return EncoderConfig(n_hidden=(3,), n_latent=2, epochs=2, batch_size=16, device="cpu", **more)


def model_seeds(folder):
    from vambx.encode import DAE, VAE

    for kind in (VAE, DAE):
        kind.of(simple_features(), small_config()).save(folder / f"{kind.kind}.pt")
    return [folder / "vae.pt", folder / "dae.pt"]


def model(path):
    from vambx.encode import DAE, VAE

    read, features = {"vae": VAE, "dae": DAE}[path.stem].load(path), simple_features()
    try:
        read.about.require(features)
    except ValueError as error:  # as the report tells it
        raise InputError(f"The model does not fit ({error})") from error
    read.transform(features)


def checkpoint_seeds(folder):
    from vambx.encode import VAE

    path = folder / "checkpoint.pt"
    VAE.of(simple_features(), small_config(checkpoint_epochs=1)).fit(simple_features(), checkpoint=path)
    return [path]


def checkpoint(path):
    from vambx.encode import VAE

    VAE.of(simple_features(), small_config()).fit(simple_features(), checkpoint=path).transform(simple_features())


READERS = (
    Reader("composition", composition_seeds, composition, npz_mutation),
    Reader("abundance", abundance_seeds, abundance, npz_mutation),
    Reader("depths", depths_seeds, depths, npz_mutation),
    Reader("markers", markers_seeds, markers, npz_mutation),
    Reader("latent", latent_seeds, latent, npz_mutation),
    Reader("parts", parts_seeds, parts, npz_mutation),
    Reader("vamb", vamb_seeds, vamb, npz_mutation),
    *bam_readers.READERS,
    Reader("model", model_seeds, model, inside_zip()),
    Reader("checkpoint", checkpoint_seeds, checkpoint, inside_zip()),
)
