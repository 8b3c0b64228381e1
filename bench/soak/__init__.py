"""A long look at what a server holds while people come and go: whatever only grows is a leak.

    python -m bench.soak [--minutes M] [--storages sqlite postgres] [--draw FILE]

__main__.py  starts a server for each storage, and asks it every few seconds
visitors.py  who comes and goes, and what they do
trend.py     whether a number is flat
drawing.py   the numbers over time, as SVG
"""
