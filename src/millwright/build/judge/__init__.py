"""What results say: gates by bars, outliers among peers, patterns in space, and what is missing."""
