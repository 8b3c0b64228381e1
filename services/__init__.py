"""What can be done: one class per noun, its parts passed to the constructor."""
