#!/bin/bash
# Make a data set the long way, from reads: simulate them, assemble each sample, map all to the joined catalogue, label.
#
#     [POOLED=1] benchmarks/accuracy/assemble.sh SCRIPTS GENOMES OUT [simulate_reads.py's options]
#
# SCRIPTS holds simulate_reads.py and label.py, GENOMES one gzip FASTA a genome. megahit, minimap2 and samtools must be
# on the PATH. With POOLED all reads are assembled together. The table in the README has `assembled`: --samples 5
# --n-genomes 30 --gbp 0.3 --seed 21, and `pooled`: POOLED=1, --samples 4 --n-genomes 24 --gbp 0.2 --seed 33.
set -euo pipefail
scripts=$1 genomes=$2 out=$3
shift 3
threads=${THREADS:-2}

python3 "$scripts/simulate_reads.py" --genomes "$genomes" --out "$out" "$@"
mkdir -p "$out/bams"
: > "$out/contigs.fna"

assemble() { # name of the assembly, its contigs' prefix, files of reads
    megahit -1 "$3" -2 "${3//_R1.fastq.gz/_R2.fastq.gz}" -o "$out/$1" --k-list 31,59,87 --no-local -m 0.3 -t "$threads" \
        --min-contig-len 500 2> "$out/$1.log"
    awk -v prefix="$2" '/^>/ { print ">" prefix "C" ++n; next } { print }' "$out/$1/final.contigs.fa" >> "$out/contigs.fna"
    rm -r "${out:?}/$1"
}

if [ -n "${POOLED:-}" ]; then
    assemble pooled "" "$(printf '%s\n' "$out"/reads/*_R1.fastq.gz | paste -sd,)"
else
    for first in "$out"/reads/*_R1.fastq.gz; do
        sample=$(basename "$first" _R1.fastq.gz)
        assemble "$sample" "$sample" "$first"
    done
fi
minimap2 -x sr -d "$out/contigs.mmi" "$out/contigs.fna" 2> /dev/null
for first in "$out"/reads/*_R1.fastq.gz; do
    sample=$(basename "$first" _R1.fastq.gz)
    minimap2 -ax sr -t "$threads" "$out/contigs.mmi" "$first" "${first/_R1/_R2}" 2> /dev/null \
        | samtools view -u -F 3588 - | samtools sort -m 500M -@ 1 -o "$out/bams/$sample.bam" -
done
python3 "$scripts/label.py" --contigs "$out/contigs.fna" --genomes "$out/genomes" --out "$out/truth.tsv"
gzip "$out/contigs.fna"
rm -r "$out/contigs.mmi" "$out/reads"
