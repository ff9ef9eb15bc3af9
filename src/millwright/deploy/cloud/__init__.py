"""What the design places elsewhere: the cloud's side of a zone, and specs of edge zones."""
