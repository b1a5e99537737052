"""The table of contents: one line per feature."""

FEATURES = (
    "shop.home",
    "shop.todos",
)
