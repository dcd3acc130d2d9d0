"""The readers of BAM and CRAM files, for `fuzzing.py`."""

import os
import shutil
import signal
import struct
import subprocess
import sys
import traceback
import zlib
from unittest import mock

import numpy as np
import pysam
from builders import even_reads, random_sequence, write_bam, write_fasta
from faults.mutations import flip_bits, inside_bgzf, set_number, spoiled
from faults.reader import Reader

from vambx.features.abundance import read_headers
from vambx.features.composition import Composition
from vambx.features.contigs import Contigs
from vambx.features.sketches import Sketches
from vambx.io import bam_depth, worker, workers
from vambx.io.bam import read_header
from vambx.io.bam_streams import Streams

LENGTHS = {f"S{1 + i % 2}C{i}": 2000 + 500 * i for i in range(6)}
CRAM_LENGTHS = {"a": 2000, "b": 3000}


def composition_of(lengths):
    """A composition of contigs of {name: length}."""
    n = len(lengths)
    contigs = Contigs(tuple(lengths), np.array(list(lengths.values())), np.full(n, 0.5, dtype=np.float32))
    counts = np.ones((n, 136), dtype=np.uint32)
    return Composition(contigs, counts, 2000, (), Sketches.none(n), counts)


def bam_seeds(folder):
    rng = np.random.default_rng(6)
    reads = list(even_reads(LENGTHS, 1, rng=rng))
    write_bam(folder / "a.bam", LENGTHS, reads)
    write_bam(folder / "b.bam", LENGTHS, [*reads[:20], (None, 0, 30, 0)], sort_order=None)
    return [folder / "a.bam", folder / "b.bam"]


def bam_mutation(content, draw):
    """The inside changed: a number of the header or of a record, or anything."""
    return inside_bgzf(draw.choice((spoiled, set_number, _odd_field)))(content, draw)


def _odd_field(content, draw):
    """One of the lengths that a BAM header tells (SAM specification 4.2), or of the first record's fields."""
    (l_text,) = struct.unpack_from("<i", content, 4)
    n_ref_at = 8 + l_text
    l_name = int.from_bytes(content[n_ref_at + 4 : n_ref_at + 8], "little")
    at = draw.choice((4, n_ref_at, n_ref_at + 4, n_ref_at + 8 + l_name))
    odd = draw.choice((0, 1, -1, l_text + 1, 2**31 - 1, -(2**31), 10**9, 10**6, 65_536))
    return content[:at] + struct.pack("<i", odd) + content[at + 4 :]


def bam_depths(path):
    """As `vambx.io.worker` computes them once the header was found to be of these contigs."""
    read_headers([path], composition_of(LENGTHS))
    depths_of(path)


def depths_of(path):
    """What `vambx.io.bam_depth` makes of a file."""
    with forking():
        depths = bam_depth.mean_depth(path, 0.9)
    assert depths.dtype == np.float32
    assert np.isfinite(depths).all()


def forking():
    """With forks of this process for workers, that begin at once."""
    return mock.patch.object(workers.subprocess, "Popen", Forked)


class Forked:
    """What of `subprocess.Popen` is used, for a worker."""

    returncode = None

    def __init__(self, command, stdin, stderr, **_):
        (out, write), (said, say) = os.pipe(), os.pipe()
        nothing = os.open(os.devnull, os.O_RDWR)
        self.pid = os.fork()
        if not self.pid:
            os.dup2(nothing if stdin == subprocess.DEVNULL else stdin.fileno(), 0)
            os.dup2(write, 1)
            os.dup2(nothing if stderr == subprocess.DEVNULL else say, 2)
            self._work(command[len(workers.WORKER) :])
        os.close(nothing)
        os.close(write)
        os.close(say)
        self.stdout, self.stderr = os.fdopen(out, "rb"), os.fdopen(said, "rb")

    def _work(self, arguments):
        code = 1
        try:
            with open(1, "w", closefd=False) as sys.stdout:
                worker.main(*arguments)
            code = 0
        except BaseException:  # noqa: BLE001  a panic in Rust is one, too
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(code)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stdout.close()
        self.stderr.close()
        self.wait()

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def wait(self):
        if self.returncode is None:
            _, status, usage = os.wait4(self.pid, 0)
            assert usage.ru_maxrss < 400_000, f"the worker took {usage.ru_maxrss} kB of memory"
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def streamed(header, streams):
    """What a stream of the file gives, in a file beside it."""
    stream, out = streams.of(header), header.path.with_name("out.bam")
    command = (str(out) if argument == "-" else argument for argument in stream.command)
    with Forked([*workers.WORKER, *command], subprocess.DEVNULL, subprocess.PIPE) as at_work:
        said = at_work.stderr.read().decode(errors="replace")
    if at_work.returncode != 0:
        raise stream.explain(at_work.returncode, said)
    return out


def cram_seeds(folder):
    rng = np.random.default_rng(7)
    sequences = {name: random_sequence(rng, length) for name, length in CRAM_LENGTHS.items()}
    fasta = write_fasta(folder / "contigs.fa", sequences)
    pysam.faidx(str(fasta))
    bam = write_bam(folder / "x.bam", CRAM_LENGTHS, list(even_reads(CRAM_LENGTHS, 2, rng=rng)))
    pysam.view("-C", "-T", str(fasta), "-o", str(folder / "x.cram"), str(bam), catch_stdout=False)
    embedded = ("--output-fmt-option", "embed_ref=1", "--output-fmt-option", "version=3.1")
    pysam.view("-C", "-T", str(fasta), *embedded, "-o", str(folder / "y.cram"), str(bam), catch_stdout=False)
    return [folder / "x.cram", folder / "y.cram"]


def cram_header(path):
    with forking():
        read_header(path)


def cram_depths(path):
    """Through samtools, then as those of any BAM."""
    with forking():
        (header,) = read_headers([path], composition_of(CRAM_LENGTHS))
    depths_of(streamed(header, Streams(path.parent, path.with_name("contigs.fa"), False, 64 << 20, 1)))


def sorted_seeds(folder):
    reads = list(even_reads(LENGTHS, 1, rng=np.random.default_rng(8)))
    return [write_bam(folder / "x.bam", LENGTHS, reads[::-1], sort_order=None)]


def sorted_bam(path):
    """The sorting of a BAM that is not sorted, and its depths."""
    (header,) = read_headers([path], composition_of(LENGTHS), sort=True)
    try:
        depths_of(streamed(header, Streams(path.parent, None, True, 64 << 20, 1)))
    finally:
        for pieces in path.parent.glob("tmp*"):
            shutil.rmtree(pieces)


def cram_mutation(content, draw):
    """Bytes inside one of the blocks, or of the header of a container, whose checksum is made right again."""
    changed = bytearray(content)
    for start, stop in draw.sample(pieces := checked_pieces(content), draw.randint(1, min(3, len(pieces)))):
        piece = draw.choice((flip_bits, set_number))(content[start:stop], draw)[: stop - start]
        changed[start : stop + 4] = piece + zlib.crc32(piece).to_bytes(4, "little")
    return bytes(changed)


def checked_pieces(content):
    """Where the pieces of a CRAM file begin and end that a checksum follows (CRAM 3 specification, 7 and 8)."""
    at, pieces = 26, []
    while at < len(content):
        start, n_bytes = at, int.from_bytes(content[at : at + 4], "little")
        at += 4
        for _ in range(4):  # reference, start, span, records
            _, at = itf8(content, at)
        at = ltf8_end(content, ltf8_end(content, at))  # counter of records, bases
        _, at = itf8(content, at)
        n_landmarks, at = itf8(content, at)
        for _ in range(n_landmarks):
            _, at = itf8(content, at)
        pieces.append((start, at))
        at += 4
        end = at + n_bytes
        while at < end:
            start = at
            _, at = itf8(content, at + 2)
            size, at = itf8(content, at)
            _, at = itf8(content, at)
            at += size
            pieces.append((start, at))
            at += 4
    return pieces


def itf8(content, at):
    """An integer of CRAM, and where what follows it begins."""
    first = content[at]
    n_more = 0 if first < 0x80 else 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    value = first & (0x7F, 0x3F, 0x1F, 0x0F, 0x0F)[n_more]
    for byte in content[at + 1 : at + 1 + n_more]:
        value = value << 8 | byte
    return value, at + 1 + n_more


def ltf8_end(content, at):
    """Where what follows a long integer of CRAM begins."""
    return at + 1 + next((i for i in range(8) if not content[at] & 0x80 >> i), 8)


READERS = (
    Reader("bam_header", bam_seeds, read_header, bam_mutation),
    Reader("bam_depths", bam_seeds, bam_depths, bam_mutation),
    Reader("bam_sorted", sorted_seeds, sorted_bam, bam_mutation),
    Reader("cram_header", cram_seeds, cram_header, cram_mutation),
    Reader("cram_depths", cram_seeds, cram_depths, cram_mutation),
)
