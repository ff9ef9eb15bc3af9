"""Day 2, as computation: what was heard of a running factory becomes findings, choices, accounts."""
