"""Journeys with fakes."""
