"""The four fabrics: sized in numbers, then drawn to the last port."""
