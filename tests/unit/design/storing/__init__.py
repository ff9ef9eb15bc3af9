"""Tests of storage, checkpoints and spares."""
