"""Load generator: connections that cost so little that the server is measured, not the generator."""
