"""Drift: what nodes are, held against what is declared, what was recorded, and their peers."""
