"""Static pictures of a run, for papers and notebooks."""
