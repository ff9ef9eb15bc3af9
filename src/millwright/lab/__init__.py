"""The lab: real Debian hosts on one machine, with simulated accelerators and faults."""
