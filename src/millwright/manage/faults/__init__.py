"""Faults of a running factory: what a kernel log tells, which incident it belongs to, what to do.

`naming` gives an event its id in the catalogue, `advice` weighs who says what about it, `incidents`
groups what one node tells, `recurrence` says what coming again means.
"""
