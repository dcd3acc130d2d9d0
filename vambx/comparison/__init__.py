"""Binnings of the same contigs side by side, whoever made them."""
