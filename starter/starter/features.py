"""The table of contents: one line per feature. A feature may lean on those above it, and on nothing below."""

FEATURES = (
    "starter.home",
    "starter.accounts",
    "starter.people",
    "starter.administration",
    "starter.todos",
    "starter.foss",
    "starter.calculator",
)
