"""Drills: what is taken away on purpose, and how long it takes to be whole again."""
