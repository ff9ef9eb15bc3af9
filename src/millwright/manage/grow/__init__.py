"""Growth in operation: what comes, and whether anything that stood was started again."""
