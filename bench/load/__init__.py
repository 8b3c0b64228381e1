"""The load generator: connections that cost next to nothing, so that the server is what is measured."""
