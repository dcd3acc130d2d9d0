# The sample sheet. Whatever is wrong with it is said here, before any job, with the line and the sample.

import csv
import os
import re
from typing import NamedTuple


class Sample(NamedTuple):
    """One row of the sheet; an empty text where there is no such file."""

    line: int
    sample: str
    reads1: str
    reads2: str
    long_reads: str
    assembly: str
    bam: str

    @property
    def files(self):
        return [path for path in self[2:] if path]

    @property
    def has_reads(self):
        return bool(self.reads1 or self.long_reads)


COLUMNS = Sample._fields[1:]
UNSAFE = re.compile(r"[^\w./@%+=:~-]")


def read_sheet(path):
    """The rows of the sheet, in its order."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            lines = [[cell.strip() for cell in row] for row in csv.reader(handle, delimiter="\t")]
    except OSError as error:
        raise WorkflowError(f"{path}: cannot be read ({error.strerror}); config: samples names the sample sheet")
    except (UnicodeDecodeError, csv.Error) as error:
        raise WorkflowError(f"{path}: is no table of text ({error}); write it with tabs, in UTF-8")
    header = lines[0] if lines else []
    if missing := [column for column in COLUMNS if column not in header]:
        raise WorkflowError(
            f"{path}: has no column {missing[0]}; with tabs between, its first line is: {' '.join(COLUMNS)}"
        )
    samples = []
    for line, cells in enumerate(lines[1:], start=2):
        if not any(cells):
            continue
        if len(cells) > len(header):
            raise WorkflowError(
                f"{path}, line {line}: has {len(cells)} columns, the first line {len(header)}; take tabs out"
            )
        row = dict(zip(header, cells + [""] * (len(header) - len(cells))))
        samples.append(Sample(line, *(row[column] for column in COLUMNS)))
    if not samples:
        raise WorkflowError(f"{path}: has no row; write one for each sample")
    return samples


def check_sheet(path, samples, config):
    """See that every sample can be told from the others, has a place to start, and files that are there."""
    names, files = {}, {}
    for row in samples:
        for wrong in (wrong_name(row, names), wrong_start(row, config), wrong_files(row, files, config)):
            if wrong:
                raise WorkflowError(f"{path}, line {row.line} (sample {row.sample or 'without a name'}): {wrong}")
    if not any(row.has_reads or row.bam for row in samples):
        raise WorkflowError(f"{path}: no sample has reads or a BAM, which depths are computed from; give some")
    if config["assembly"]["mode"] == "pooled" and not config["catalogue"] and not pooled_kind(samples):
        raise WorkflowError(
            f"{path}: some samples have long reads alone and some short ones alone, which no assembler pools; "
            "set assembly: mode: sample in the config"
        )


def wrong_name(row, seen):
    if not row.sample:
        return "the sample has no name; write one into the column sample"
    try:
        validate(row._asdict(), "../schemas/samples.schema.yaml")
    except WorkflowError:
        return "the name cannot stand in file names and contigs; use letters, digits, dot, dash and underscore, and not S1C2"
    if (before := seen.setdefault(row.sample, row)) is not row:
        return f"line {before.line} has the same name; one row is one sample, so join its files or rename it"


def wrong_start(row, config):
    if row.reads2 and not row.reads1:
        return "has reads2 without reads1; reads that are not in pairs stand in reads1"
    if not row.files:
        return "has no reads, no assembly and no BAM; give one of them, or take the row out"
    if row.bam and not config["catalogue"]:
        return "has a BAM, but the config has no catalogue; name the contigs that the reads were mapped to there"
    if config["catalogue"]:
        if row.assembly:
            return "has an assembly, but the config has a catalogue, to which all is mapped; take one of them out"
        return None
    pooled = config["assembly"]["mode"] == "pooled"
    if pooled and row.assembly:
        return (
            "has an assembly, but all samples are to be assembled as one; leave it out, or set assembly: mode: sample"
        )
    single = row.reads1 and not row.reads2 and not row.assembly and (pooled or not row.long_reads)
    if single and config["assembly"]["assembler"] == "metaspades":
        return "has reads that are not in pairs, which metaSPAdes does not assemble; set assembly: assembler: megahit"


def wrong_files(row, seen, config):
    for column, file in zip(COLUMNS[1:], row[2:]):
        if not file:
            continue
        if strange := UNSAFE.search(file):
            return f"{column}: {file} has a sign in it that a shell may take amiss ({strange[0]!r}); rename it or link to it"
        if config["check_files"] and not os.path.isfile(file):
            return f"{column}: {file} is not there; mend the path, which counts from {os.getcwd()}"
        here = f"{column} in line {row.line}"
        if (there := seen.setdefault(os.path.realpath(file), here)) != here:
            return f"{column}: {file} is {there} too; give each file once"


def pooled_kind(samples):
    """Which reads of all samples go into one assembly: those that every sample with reads has, long ones first."""
    rows = [row for row in samples if row.has_reads]
    return next((kind for kind in ("long_reads", "reads1") if all(getattr(row, kind) for row in rows)), None)
