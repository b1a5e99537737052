"""What goes wrong in the pages of a browser, whoever looks at them and whatever for."""

from urllib.parse import urlsplit

FORBIDDEN = """
document.addEventListener("securitypolicyviolation", (event) => carboyForbade(
  `${event.effectiveDirective} forbids ${event.blockedURI} in ${event.sourceFile || document.URL}:${event.lineNumber}`
));
"""


class Watch:
    """Listens to a context of a browser from its beginning; each complaint says what went wrong, and where."""

    def __init__(self, context, address):
        self._context, self._host = context, urlsplit(address).netloc
        self._complaints = []
        context.expose_binding("carboyForbade", lambda _source, told: self._complain("the policy", told))
        context.add_init_script(FORBIDDEN)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self._complain("an error that nobody caught", error.error))
        context.on("request", self._see_asked)
        context.on("response", self._see_answered)
        context.on("requestfailed", self._see_failed)

    @property
    def complaints(self):
        """All so far: what the browser told before now has been heard."""
        for page in self._context.pages:
            page.evaluate("0")
        return self._complaints

    def _complain(self, what, where):
        self._complaints.append(f"{what}: {where}")

    def _hear(self, message):
        # What could not be loaded is heard of below, where it is known whether it was a page.
        if message.type in ("error", "warning", "assert") and not message.text.startswith("Failed to load resource"):
            place = message.location
            self._complain(f"console.{message.type}", f"{message.text} ({place['url']}:{place['lineNumber']})")

    def _see_asked(self, request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self._host:
            self._complain("asked somebody else", _told(request))

    def _see_answered(self, response):
        # A page may say that there is nothing, and a form is told its mistakes; what a page needs must be there.
        needed = response.request.method == "GET" and not response.request.is_navigation_request()
        if response.status >= 500 or (response.status >= 400 and needed):
            self._complain(f"answered {response.status}", _told(response.request))

    def _see_failed(self, request):
        # Whoever leaves a page gives up what it still asks for.
        if request.failure != "net::ERR_ABORTED":
            self._complain(f"failed with {request.failure}", _told(request))


def _told(request):
    return f"{request.method} {request.url} (a {request.resource_type}, for {request.frame.url})"
