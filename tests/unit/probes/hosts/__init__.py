"""Readers of what hosts, their controllers and their disks print."""
