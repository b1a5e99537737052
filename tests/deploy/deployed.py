"""What the artefacts make run, in one form, whichever of them says it: read by the tools that will read them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from artefacts import SERVICES, resources, services

OURS = ("release", "app", "worker", "scheduler", "backup")  # compose's other services run what others have made
_UNITS_OF_TIME = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_COMPOSE_HAS, _KUBERNETES_HAS = "10s", 30  # seconds to stop in, where nothing is said


@dataclass(frozen=True)
class Process:
    """One process of ours: who says so, its words, its variables, and how long it has to stop."""

    where: str
    command: list[str]
    variables: dict[str, str]
    seconds_to_stop: float

    @property
    def lasts(self):
        """Whether it runs until it is told to stop."""
        return self.command[:1] == ["gunicorn"] or self.command[:2] in (["flask", "worker"], ["flask", "scheduler"])


def processes(project) -> Iterator[Process]:
    yield from of_compose(project)
    yield from of_kubernetes(project)
    yield from of_systemd(project)


def seconds(text):
    """Read what compose and systemd write: 40s, 5min, 1m30s."""
    parts = re.findall(r"([\d.]+)([a-z]*)", str(text))
    return sum(float(number) * _UNITS_OF_TIME[unit] for number, unit in parts)


def image_variables(project):
    last = re.search(r"\nENV (PATH(?:.*\\\n)*.*)", (project / "Dockerfile").read_text())[1]
    return dict(word.split("=", 1) for word in shlex.split(last.replace("\\\n", " ")))


def image_command(project):
    return re.findall(r'"([^"]+)"', re.findall(r"^CMD (.*)", (project / "Dockerfile").read_text(), re.MULTILINE)[-1])


def of_compose(project):
    for name, service in services(project).items():
        if name in OURS:
            yield Process(
                f"compose: {name}",
                service["command"] or image_command(project),
                image_variables(project) | service["environment"],
                seconds(service.get("stop_grace_period", _COMPOSE_HAS)),
            )


def pods(project):
    """Give what runs in the cluster: the name, and the pod."""
    for (kind, name), one in resources(project).items():
        if kind in ("Deployment", "Job", "CronJob"):
            spec = one["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else one["spec"]
            yield f"{kind} {name}", spec["template"]["spec"]


def config_map(project):
    return next(one["data"] for (kind, _), one in resources(project).items() if kind == "ConfigMap")


def of_kubernetes(project):
    for name, pod in pods(project):
        (container,) = pod["containers"]
        before = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["sleep", "0"])
        said = {one["name"]: str(one.get("value", "")) for one in container.get("env", ())}
        yield Process(
            f"kubernetes: {name}",
            container.get("command") or image_command(project),
            image_variables(project) | config_map(project) | said,
            pod.get("terminationGracePeriodSeconds", _KUBERNETES_HAS) - float(before[-1]),
        )


def unit(project, name):
    """What systemd makes of a service: each name with all that is said of it, its own file before the common one."""
    folder = project / "deploy/systemd"
    text = (folder / name).read_text() + (folder / "common.conf").read_text()
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)", text, re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def of_systemd(project):
    for name in SERVICES:
        said = unit(project, name)
        for line in said["ExecStart"]:
            program, *words = shlex.split(line)
            yield Process(
                f"systemd: {name}",
                [program.rpartition("/")[2], *words],
                dict(word.split("=", 1) for line in said.get("Environment", ()) for word in line.split()),
                seconds(said.get("TimeoutStopSec", ["90s"])[-1]),
            )
