"""Use cases: one class per noun, with its dependencies as arguments of the constructor."""
