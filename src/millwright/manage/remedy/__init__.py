"""Repair, as computation: what to do about a complaint, whether it may be done, and when."""
