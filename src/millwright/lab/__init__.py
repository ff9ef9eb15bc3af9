"""A whole cluster on one machine: real Debian nodes whose accelerators are simulated."""
