"""Models in production: their feeds, what they answer, who stands for them."""
