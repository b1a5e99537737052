"""What the artefacts tell the application: variables that production accepts, and commands that agree."""

import re
from pathlib import Path

import pytest
import yaml
from artefacts import ROOT, asked, services
from deployed import config_map, image_command, image_variables, of_compose, processes, unit

from carboy.jobs.cli import BESIDE_THREADS
from carboy.ops.checks.database import _PROCESSES_BESIDE, _THREADS_BESIDE, connections_of
from starter.settings import Settings

pytestmark = pytest.mark.long

KEYS = {"SECRET_KEY": "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH", "JWT_SECRET_KEY": "aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV"}


def dotenv(text):
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def config(project, **variables):
    """How the application starts with these variables."""
    code, said = asked(
        "flask", "config", folder=project, **{"FLASK_APP": "starter", "FLASK_SKIP_DOTENV": "1", **variables}
    )
    return code, said


def test_production_accepts_what_compose_says(project):
    drawn = asked("make", "--silent", *(f"secrets/{name}" for name in secrets_of(project)), folder=project)
    assert drawn == (0, "")
    said = services(project)["app"]["environment"]
    variables = {name: value.replace("/run/secrets", str(project / "secrets")) for name, value in said.items()}

    code, said = config(project, **variables)

    assert code == 0, said
    assert re.search(r"^DATABASE_URL .*@postgres", said, re.MULTILINE), said


def test_all_of_compose_is_told_the_same(project):
    told = [process.variables for process in of_compose(project)]

    assert len(told) == 5
    assert all(one == told[0] for one in told)


def secrets_of(project):
    return sorted(yaml.safe_load((project / "compose.yaml").read_text())["secrets"])


def test_keys_are_drawn_once_and_lie_where_nobody_else_on_the_machine_can_read_them(project):
    make = ["make", "--silent", "secrets/secret_key", "secrets/postgres_password"]
    asked(*make, folder=project)
    before = {path.name: path.read_text() for path in (project / "secrets").iterdir()}

    asked(*make, folder=project)

    assert {path.name: path.read_text() for path in (project / "secrets").iterdir()} == before
    assert len({*before.values()}) == 2
    assert all(re.fullmatch("[A-Za-z0-9]{48}", value) for value in before.values())
    assert (project / "secrets").stat().st_mode & 0o777 == 0o700


def test_production_accepts_what_kubernetes_says_with_a_secret_of_these_files(project, tmp_path):
    for name, value in (KEYS | {"DATABASE_URL": "postgresql://shop:pw@db.example.org/shop"}).items():
        (tmp_path / name).write_text(value)

    code, said = config(project, **(config_map(project) | {"SECRETS_DIR": str(tmp_path)}))

    assert code == 0, said


def test_production_accepts_what_systemd_says_with_the_example_filled_in(project):
    example = dotenv((project / ".env.d/production.example").read_text())
    filled = {name: value.replace("change-me", "shop") for name, value in example.items()} | KEYS
    (said,) = unit(project, "web.service")["Environment"]

    code, said = config(project, **(dict(word.split("=", 1) for word in said.split()) | filled))

    assert code == 0, said


def test_production_refuses_to_start_where_a_secret_is_missing(project):
    assert config(project, **(config_map(project) | {"SECRETS_DIR": str(project)}))[0] == 78


def test_git_takes_no_secret(project):
    asked("git", "init", "--quiet", folder=project)
    for name in ("secrets/secret_key", ".env", ".env.d/.env.compose", ".env.d/.env.production"):
        assert asked("git", "check-ignore", name, folder=project)[0] == 0, name


def test_the_commands_of_all_artefacts_are_the_same(project):
    lasting = [process.command for process in processes(project) if process.lasts]

    assert image_command(project) == ["gunicorn", "starter:create_app()"]
    assert image_variables(project)["FLASK_ENV"] == "production"
    for command in (image_command(project), ["flask", "worker", "--no-scheduler"], ["flask", "scheduler"]):
        assert lasting.count(command) == 3
    assert len(lasting) == 9


def test_the_sums_of_connections_are_those_of_the_check(project):
    machines, settings = int(config_map(project)["MACHINES"]), Settings.load(environ={}, root=project, mode="testing")
    web = connections_of(settings, settings.gunicorn_threads + _THREADS_BESIDE)
    worker = connections_of(settings, settings.jobs_threads + BESIDE_THREADS)
    page = (ROOT / "docs/how-to/kubernetes.md").read_text()
    of_web, of_workers, of_others = (machines + 1) * settings.gunicorn_workers * web, 3 * worker, 4 * worker
    wanted = machines * (settings.gunicorn_workers * web + _PROCESSES_BESIDE * worker)

    assert f" {web} | {of_web} |" in page
    assert f"| worker | 2 and 1 | {worker} | {of_workers} |" in page
    assert f"fewer than these {of_web + of_workers + of_others}" in page
    assert f"wants {wanted}." in page
    assert f"up to {settings.gunicorn_workers * web} connections" in (project / "deploy/k8s/base/web.yaml").read_text()


def test_the_deployment_runs_the_very_image_that_was_built_from_the_tested_commit(project):
    workflow = yaml.safe_load((project / ".github/workflows/ci.yml").read_text())
    test, image, deploy = (workflow["jobs"][name] for name in ("test", "image", "deploy"))

    assert (image["needs"], deploy["needs"]) == ("test", "image")
    name, build = (step for step in image["steps"] if step.get("id") == "name" or "tags" in step.get("with", {}))
    assert ":${GITHUB_SHA}" in name["run"]
    assert build["with"]["platforms"] == "linux/amd64,linux/arm64"
    assert deploy["if"] == "vars.DEPLOY_TO == 'kubernetes'"  # without a cluster there is nothing to fail at
    assert build["with"]["tags"] == image["outputs"]["image"] == "${{ steps.name.outputs.image }}"
    assert deploy["env"]["IMAGE"] == "${{ needs.image.outputs.image }}"
    assert deploy["steps"][-1]["run"] == 'sh deploy/k8s/deploy.sh "$IMAGE"'
    assert Path(project / "deploy/k8s/deploy.sh").exists()
    for job in (test, image, deploy):
        for step in job["steps"]:
            assert asked("bash", "-n", "-c", step.get("run", ""))[0] == 0
