"""What a machine gave for what it is: hours, availability, losses, growth, money."""
