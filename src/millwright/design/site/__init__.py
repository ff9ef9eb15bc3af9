"""The floor under a design: what racks hold, draw, weigh and give off, and what a site bears."""
