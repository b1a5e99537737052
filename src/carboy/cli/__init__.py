"""Commands that need no application, so that they work when it cannot be made."""
