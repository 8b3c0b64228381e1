"""What is kept: one contract (base/) and a backend for each kind of database."""
