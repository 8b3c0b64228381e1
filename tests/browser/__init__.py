"""Tests of the page in a real Chromium, and of its modules in Node.js."""
