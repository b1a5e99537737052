"""Whom the catalogue lets in. It is everybody's: strangers read it, and whoever is known may change it."""

OPEN = {"api_v1.foss.list_foss", "api_v1.foss.get_foss"}
SHARED = {f"api_v1.foss.{view}" for view in ("get_foss", "replace_foss", "change_foss", "remove_foss")}
