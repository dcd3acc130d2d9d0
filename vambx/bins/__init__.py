"""From clusters to bins, and their files."""
