"""Repair: choices, guard rails, and the journey of a node."""
