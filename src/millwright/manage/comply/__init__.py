"""Compliance: rule books, what machines and persons answer to them, where data may go."""
