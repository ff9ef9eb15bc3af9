"""The network of a design: addresses of both families, VLANs, ASNs, names, ports. Pure values."""
