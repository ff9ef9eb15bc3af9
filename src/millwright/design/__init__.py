"""From a spec and a catalogue to a checked Cluster: pure functions, no file is touched here."""
