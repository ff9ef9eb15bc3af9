"""Everything that touches the world: files, terminals, nodes. Asked for by the door, known to no
phase."""
