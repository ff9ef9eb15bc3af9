"""Where workloads run: which zones a rule forbids, which one is taken, and why."""
