"""Design, build, deploy and manage AI factories: one typed model, four phases."""

__version__ = "0.1.0"
