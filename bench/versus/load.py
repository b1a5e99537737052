"""Load: wrk, which takes little of the machine for itself. Without it, threads of this process do the asking.

`apt-get install wrk` gives it. The fallback takes so much of a processor itself that only its ratios mean something.
"""

import http.client
import re
import shutil
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bench.versus.work import Request

CONNECTIONS = 8
_LUA = """
local requests, places, n = {requests}, {{}}, 0
for _, one in ipairs(requests) do if one.thing then places[one.thing] = one end end
request = function()
  local one
  repeat
    n = n + 1
    one = requests[(n - 1) % #requests + 1]
  until not one.is_asked
  local headers = {{}}
  for name, value in pairs(one.headers) do headers[name] = value end
  if one.version then headers["If-Match"] = '"' .. one.version .. '"'; one.is_asked = true end
  local body = one.body
  if one.is_numbered then body = body:gsub("{{n}}", tostring(n)) end
  return wrk.format(one.method, one.path, headers, body)
end
"""
# What was changed has a new version, and can be changed again as soon as it is known.
_LUA_VERSIONS = """
response = function(status, headers, body)
  local version = body:match('"version":%s*(%d+)')
  for id in body:gmatch('"id":%s*"([^"]+)"') do
    local one = places[id]
    if one and version then one.version, one.is_asked = tonumber(version), false end
  end
end
"""


@dataclass
class Load:
    """What came of one stretch of it."""

    requests: int = 0
    per_second: float = 0
    middle_ms: float = 0
    slow_ms: float = 0
    failures: int = 0
    notes: list[str] = field(default_factory=list)


def put(port: int, requests: list[Request], seconds: float, folder: Path) -> Load:
    """Ask for these in turn, over and over."""
    return _by_wrk(port, requests, seconds, folder) if shutil.which("wrk") else _by_threads(port, requests, seconds)


def _by_wrk(port: int, requests: list[Request], seconds: float, folder: Path) -> Load:
    script = folder / f"{port}.lua"
    versions = _LUA_VERSIONS if requests[0].version is not None else ""
    script.write_text(_LUA.format(requests=f"{{{', '.join(map(_lua, requests))}}}") + versions)
    length = f"-d{max(1, round(seconds))}s"  # it takes whole ones alone
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", length, "--latency", "--timeout", "30s", "-s", str(script)]
    said = subprocess.run([*command, f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True).stdout
    done = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", said)
    if done is None:
        raise RuntimeError(f"wrk said nothing that is understood:\n{said}")
    asked, took = int(done[1]), float(done[2]) * {"ms": 0.001, "s": 1, "m": 60}[done[3]]
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: (.*)", said)
    slow = {part: float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit] for part, value, unit in _PARTS.findall(said)}
    wrong = int(refused[1]) if refused else 0
    notes = [broken[1]] if broken else []
    return Load(asked, asked / took, slow.get("50", 0), slow.get("99", 0), wrong, notes)


_PARTS = re.compile(r"(50|99)%\s+([\d.]+)(us|ms|s)")


def _lua(request: Request) -> str:
    headers = ", ".join(f"[{_text(name)}] = {_text(value)}" for name, value in request.headers.items())
    body = _text(request.body) if request.body is not None else "nil"
    said = f"method = {_text(request.method)}, path = {_text(request.path)}"
    if request.version is not None:
        said += f", version = {request.version}, thing = {_text(request.path.rpartition('/')[2])}"
    numbered = "true" if "{n}" in (request.body or "") else "false"
    return f"{{{said}, headers = {{{headers}}}, body = {body}, is_numbered = {numbered}}}"


def _text(value: str) -> str:
    for sign, escaped in _ESCAPES.items():
        value = value.replace(sign, escaped)
    return f'"{value}"'


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}


def _by_threads(port: int, requests: list[Request], seconds: float) -> Load:
    load, times, lock, numbers = Load(), [], threading.Lock(), count()  # type: ignore[var-annotated]
    until = time.monotonic() + seconds

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() < until:
            with lock:
                number = next(numbers)
            request, began = requests[number % len(requests)], time.perf_counter()
            connection.request(*request.as_asked(number, number // len(requests)))
            answer = connection.getresponse()
            answer.read()
            with lock:
                times.append(time.perf_counter() - began)
                load.failures += answer.status >= http.HTTPStatus.BAD_REQUEST
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(times, n=100)
    load.requests, load.per_second = len(times), len(times) / seconds
    load.middle_ms, load.slow_ms = cuts[49] * 1000, cuts[98] * 1000
    return load
