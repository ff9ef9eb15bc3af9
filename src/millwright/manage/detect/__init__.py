"""From telemetry to findings: peers, own past, silence, and what they say together."""
