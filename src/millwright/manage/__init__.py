"""Day 2, as computation: what is heard of a running factory becomes findings, choices, accounts."""
