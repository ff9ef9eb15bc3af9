"""What a factory is: frozen data, shared by all phases."""
