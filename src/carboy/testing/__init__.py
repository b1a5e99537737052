"""Pytest fixtures for applications that stand on Carboy."""
