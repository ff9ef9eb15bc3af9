"""How to ask a machine, and how to read what it answers: pure, one module a tool."""
