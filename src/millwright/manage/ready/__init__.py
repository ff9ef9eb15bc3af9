"""From pilot to production: the gates of a workload, answered by records and by nothing else."""
