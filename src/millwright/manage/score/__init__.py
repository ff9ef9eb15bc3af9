"""Findings held against what was planted: ours, a rule of fixed thresholds, or anybody's."""
