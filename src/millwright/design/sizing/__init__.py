"""From workloads to GPUs: small formulas, and a sheet on which every number keeps its origin."""
