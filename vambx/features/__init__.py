"""What is known of the contigs: composition and abundance."""
