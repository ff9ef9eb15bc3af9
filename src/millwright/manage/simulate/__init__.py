"""SIMULATED telemetry with known faults: what the detector is tried on."""
