"""The door: the command line, and the only place that prints."""
