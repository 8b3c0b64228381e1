"""Storage: one contract (base/), implemented by a backend for each kind of database."""
