"""What crosses phases: a repair, an update, growth. Journeys act through ports alone."""
