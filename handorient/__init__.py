"""Show, live, what a neural network does not know about the orientation of a hand."""

__version__ = "0.1.0"
