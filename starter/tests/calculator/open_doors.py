"""Whom the calculator lets in: everybody. It knows nothing of anybody."""

OPEN = {f"api_v1.calculator.{view}" for view in ("add", "subtract", "multiply", "divide")}
SHARED = set()
