"""Soak test: resources of a server while users come and go; whatever only grows is a leak.

    python -m bench.soak [--minutes M] [--storages sqlite postgres] [--draw FILE]

__main__.py  starts a server for each storage, and samples it every few seconds
visitors.py  users and their visits
trend.py     decides if a number is flat
drawing.py   the numbers over time, as SVG
"""
