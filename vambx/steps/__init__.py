"""The steps, a module each: each reads what the one before it wrote, and writes its own files, whole or not at all.

    composition -> abundance (+ markers) -> latent -> clusters -> chosen -> bins -> reports

A module has `make`, which does the step in a folder that is held, unless it was done before of the same. Steps that can
be spread over machines also have `make_part`, which writes a file elsewhere and holds nothing, and `join`, which makes
of all parts what `make` makes, byte for byte. Parts of the abundance are samples, and `make` takes those there are.
"""
