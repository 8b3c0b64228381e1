"""Tests of Socket.IO events and of the socket engine."""
