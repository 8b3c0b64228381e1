"""Tests of documents, snapshots, layers and the guards themselves."""
