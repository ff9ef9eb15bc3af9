"""From each line of a spec to what of the design answers it."""
