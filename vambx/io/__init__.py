"""Files: FASTA, BAM, npz, TSV; no science."""
