"""Command line: commands that run instead of the server, and the demo data."""
