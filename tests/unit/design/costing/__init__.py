"""Laws of costs."""
