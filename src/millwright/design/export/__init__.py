"""The design in the words of networks, inventories and schedulers. Pure values."""
