"""`carboy doctor`: what is wrong with this machine, this project and what it stands on, and what to do about it.

looks.py       what a look is: what was seen, what was found; one that fails holds up no other
patient.py     the project, and its application if it can be made
python.py, project.py, machine.py, ports.py, system.py     the looks

What `flask check` asks of a system that lives is asked here too, by the same questions (`carboy.ops.checks`).
"""

import json
from dataclasses import asdict
from pathlib import Path

import click

from carboy.cli.doctor import machine, ports, project, python, system
from carboy.cli.doctor.looks import Look, Looker, looked
from carboy.cli.doctor.patient import Patient
from carboy.cli.project import hand_over

EVERYWHERE: dict[str, Looker] = {"python": python.interpreter}
IN_A_PROJECT: dict[str, Looker] = {
    "packages": python.packages,
    "project": project.files,
    "secrets": project.secrets,
    "application": system.application,
    "database": system.database,
    "migrations": system.migrations,
    "redis": system.redis,
    "clock": system.clock,
    "ports": ports.ports,
    "pid files": machine.pid_files,
    "disk": machine.disk,
}


@click.command()
@click.option("--json", "for_programs", is_flag=True, help="Say it for programs.")
def command(*, for_programs: bool) -> None:
    """Look at Python, the project and what it stands on, and say what to do. Exits with 1 if anything is."""
    patient = Patient.in_folder(Path.cwd())
    if patient.project:
        hand_over(patient.project)  # another environment lacks what the application stands on
    lookers = EVERYWHERE | _lookers_for(patient)
    looks = [looked(subject, look, patient) for subject, look in lookers.items()]
    patient.close()
    click.echo(_as_json(looks) if for_programs else _as_text(looks))
    if not (patient.project or patient.unreadable or for_programs):
        click.echo("This folder is in no project, so only Python was looked at.")
    if any(look.found for look in looks):
        raise SystemExit(1)


def _lookers_for(patient: Patient) -> dict[str, Looker]:
    if patient.unreadable:
        return {"project": project.files}
    return IN_A_PROJECT if patient.project else {}


def _as_json(looks: list[Look]) -> str:
    return json.dumps({"looks": [asdict(look) for look in looks]}, indent=2)


def _as_text(looks: list[Look]) -> str:
    number = sum(len(look.found) for look in looks)
    told = {0: "Nothing is to be done.", 1: "One thing is to be done."}
    lines = [line for look in looks for line in _lines(look)]
    return "\n".join([*lines, told.get(number, f"{number} things are to be done.")])


def _lines(look: Look) -> list[str]:
    first, *more = [*look.seen, *([] if look.seen else ["see below" if look.found else "nothing to look at"])]
    mark = "!" if look.found else " "
    lines = [f"{mark} {look.subject:<12} {first}", *(f"  {'':<12} {line}" for line in more)]
    for one in look.found:
        lines += [f"      {one.id}", f"          {one.wrong}", f"          {one.remedy}"]
    return lines
