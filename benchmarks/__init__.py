"""Measurements of retrieval, speed and memory, by commands that anyone can run. See README.md."""
