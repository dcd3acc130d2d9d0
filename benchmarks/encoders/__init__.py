"""Whether the autoencoder is worth its training: VAE, DAE and PCA on the same contigs, with the same ones held out.

    python -m benchmarks.encoders --data DATASET... --finished OUTDIR... --score evaluate.py --out encoders.json
    python -m benchmarks.encoders.report encoders.json --readme README.md

Runs are kept as those of `benchmarks.accuracy` are; `seconds` and `cpu_seconds` are those of training and encoding.
"""
