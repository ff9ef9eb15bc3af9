"""From what unknown nodes said to what they are, and what keeps work from running on them."""
