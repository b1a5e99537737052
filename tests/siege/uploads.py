"""Files that are sent, and looked at again."""

import json
import secrets

SIZE = 300_000  # twice that is sent: more than what is parsed in memory


class Uploader:
    """Somebody who hangs files on a todo, and knows which were taken."""

    def __init__(self, fortress):
        self._fortress, self._taken = fortress, {}
        self._known = {"Authorization": f"Bearer {fortress.sign_in()}"}
        said = fortress.ask("POST", "/api/v1/todos", b'{"title": "Aim"}', **self._known, **_JSON)[1]
        self._path = f"/api/v1/todos/{json.loads(said)['id']}/attachments"

    def upload(self, count):
        """Send so many; return what was answered."""
        return [self._send(secrets.token_bytes(SIZE)) for _ in range(count)]

    def differing(self):
        """Return what was taken, and is not what was sent."""
        there = {url: self._fortress.ask("GET", url, **self._known) for url in self._taken}
        return [url for url, (status, content) in there.items() if (status, content) != (200, self._taken[url])]

    def take_away(self):
        """Delete what was taken."""
        for url in self._taken:
            self._fortress.ask("DELETE", url, **self._known)
        self._taken.clear()

    def _send(self, content):
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
        body = head + b"Content-Type: text/plain\r\n\r\n" + content.hex().encode() + b"\r\n--b--\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        status, said = self._fortress.ask("POST", self._path, body, **self._known, **kind)
        if status == 201:
            self._taken[json.loads(said)["url"]] = content.hex().encode()
        return status


_JSON = {"Content-Type": "application/json"}
