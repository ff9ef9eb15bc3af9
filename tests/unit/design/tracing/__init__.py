"""From a spec to what answers it."""
