"""Rolling updates, decided: versions, what goes together, waves, and what a node's journal asks."""
