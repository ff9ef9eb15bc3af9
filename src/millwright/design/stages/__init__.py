"""Growth in stages, compared end by end: what is bought, what waits, what would move and why."""
