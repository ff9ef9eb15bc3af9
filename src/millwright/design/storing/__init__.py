"""Room and speed for data, checkpoints and what failures leave of the time, spares."""
