"""Tests of the floor under a design."""
