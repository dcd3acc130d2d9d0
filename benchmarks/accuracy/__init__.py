"""How well vambx bins: genomes found on data sets where they are known, beside other binners and what is within reach.

    python -m benchmarks.accuracy --data DATASET... --score evaluate.py --out accuracy.json ...    bin and score
    python -m benchmarks.accuracy.report accuracy.json --readme README.md                          the table

`assemble.sh` makes a data set the long way, from reads. Every run is kept as soon as it is scored, and what is kept
is not done again, so a series can be ended and taken up at any time.
"""
