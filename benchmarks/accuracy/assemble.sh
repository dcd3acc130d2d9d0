#!/bin/bash
# Make a data set the long way, from reads: simulate them, assemble each sample, map all to the joined catalogue, label.
#
#     benchmarks/accuracy/assemble.sh SCRIPTS GENOMES OUT [simulate_reads.py's options]
#
# SCRIPTS holds simulate_reads.py and label.py, GENOMES one gzip FASTA a genome. megahit, minimap2 and samtools must be
# on the PATH. The table in the README has `assembled`: --samples 5 --n-genomes 30 --gbp 0.3 --seed 21.
set -euo pipefail
scripts=$1 genomes=$2 out=$3
shift 3
threads=${THREADS:-2}

python3 "$scripts/simulate_reads.py" --genomes "$genomes" --out "$out" "$@"
mkdir -p "$out/bams"
: > "$out/contigs.fna"
for first in "$out"/reads/*_R1.fastq.gz; do
    sample=$(basename "$first" _R1.fastq.gz)
    megahit -1 "$first" -2 "${first/_R1/_R2}" -o "$out/$sample" --k-list 31,59,87 --no-local -m 0.3 -t "$threads" \
        --min-contig-len 500 2> "$out/$sample.log"
    awk -v sample="$sample" '/^>/ { print ">" sample "C" ++n; next } { print }' "$out/$sample/final.contigs.fa" >> "$out/contigs.fna"
    rm -r "$out/$sample"
done
minimap2 -x sr -d "$out/contigs.mmi" "$out/contigs.fna" 2> /dev/null
for first in "$out"/reads/*_R1.fastq.gz; do
    sample=$(basename "$first" _R1.fastq.gz)
    minimap2 -ax sr -t "$threads" "$out/contigs.mmi" "$first" "${first/_R1/_R2}" 2> /dev/null \
        | samtools view -u -F 3588 - | samtools sort -m 500M -@ 1 -o "$out/bams/$sample.bam" -
done
python3 "$scripts/label.py" --contigs "$out/contigs.fna" --genomes "$out/genomes" --out "$out/truth.tsv"
gzip "$out/contigs.fna"
rm -r "$out/contigs.mmi" "$out/reads"
