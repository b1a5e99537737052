"""Numbers of bytes in words."""

_UNITS = ("bytes", "KiB", "MiB", "GiB")


def in_words(size: float) -> str:
    """Say how many bytes these are: 5 MiB, 1.5 GiB."""
    unit = 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.1f}".removesuffix(".0") + f" {_UNITS[unit]}"
