"""Burn-in and acceptance: what to test, what a result must be, and what the results say."""
