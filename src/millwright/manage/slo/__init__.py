"""Service levels: what tiers were promised, held against what Prometheus saw. Pure."""
