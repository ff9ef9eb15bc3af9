"""Tuning notes on nodes: what is wanted, what would change, what was before, what it brought."""
