"""What a design costs: prices on its bill, and all that it takes over the years."""
