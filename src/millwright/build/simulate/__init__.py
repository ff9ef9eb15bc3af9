"""Fleets that do not exist, with faults that are known: a self-test of the judge. SIMULATED."""
