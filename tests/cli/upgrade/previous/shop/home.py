"""The first page."""

GREETING = "Good morning"


def greeting(name):
    """Greet somebody."""
    return f"{GREETING}, {name}"


def farewell(name):
    """Take leave of somebody."""
    return f"Goodbye, {name}"
