"""How fast vambx is: against Vamb, against its previous version, and against what the machine can do.

    python -m benchmarks.speed [STAGE ...] --data DIR --out speed.json ...   measure (`python -m benchmarks.speed -h`)
    python -m benchmarks.speed.report speed.json --readme README.md          table and plots of what was measured

Every measurement is a process of its own, and the tools that are compared take turns, so that whatever else the machine
does falls on all of them. `drive_*.py` are what those processes run; everything else only starts, watches and counts.
"""
