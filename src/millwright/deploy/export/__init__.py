"""What comes before SSH, and beside us: the design in the words of other tools. Pure values."""
