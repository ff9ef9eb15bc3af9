"""Tools that answer on a simulated node in the words of the real ones.

Runs on the node's own Python with the standard library alone, and under two names: as
`millwright.lab.simulators` here and as `simulators` where a copy lies on the node. Imports inside
are therefore relative.
"""
