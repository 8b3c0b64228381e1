"""What is kept: one contract (base.py) and a backend for each kind of database."""
