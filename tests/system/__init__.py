"""Tests of processes: command line, signals, restarts, proxies, chaos, bench."""
