"""One door that is open, and one that is not."""

from carboy.web import endpoint, public


def register(app, api):
    @api.get("/open")
    @endpoint
    @public
    def open_door() -> None: ...

    @api.get("/closed")
    @endpoint
    def closed_door() -> None: ...
