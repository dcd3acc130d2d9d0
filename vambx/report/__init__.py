"""What happened in a run, to look at: a page, tables for programs, pictures."""
