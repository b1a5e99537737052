"""The library's side of migrations: how they are run, and how new ones are written."""
