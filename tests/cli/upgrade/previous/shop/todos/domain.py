"""The rules of todos."""

LONGEST = 100
