"""What a person reads, as values: no printing, no files."""
