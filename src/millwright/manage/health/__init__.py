"""From what nodes said to what is not well with them, by the checks of the catalogue."""
