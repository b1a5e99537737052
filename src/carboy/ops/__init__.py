"""Seeing what runs: logs, access log, health."""
