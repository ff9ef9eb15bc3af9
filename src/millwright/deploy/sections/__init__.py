"""What roles read, in sections: each a value, and the pure function that derives it."""
