"""What all artefacts must hold to, however each of them says it. Each law gives a sentence for whatever breaks it."""

import re

import yaml
from artefacts import SERVICES, resources, services
from deployed import OURS, config_map, image_variables, of_compose, of_kubernetes, pods, processes, unit

from carboy.settings.secrecy import is_secret, redacted
from carboy.settings.spellings import spellings_of
from starter.settings import Settings

_MIGRATION = "flask db upgrade"
_NO_TAG = re.compile(r"(?![A-Za-z0-9_])")  # what stands in front of a character that no tag begins with
_NOTHING = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
_OF_OTHERS = {
    "PATH", "HOME", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "FLASK_APP", "FLASK_SKIP_DOTENV", "SECRETS_DIR",
    "GUNICORN_CMD_ARGS",
    # Of nginx, which reads the same file in compose.
    "SERVER_NAME", "MAX_BODY_SIZE", "TRUSTED_PROXY",
}  # fmt: skip


def secret_names():
    """Every variable that is a secret, or the part of one that is."""
    for field, spelling in spellings_of(Settings).items():
        if is_secret(field, Settings.model_fields[field]):
            yield from spelling.every
        elif spelling.parts is not None:
            yield from (name for name, piece in spelling.parts.variables.items() if piece == "password")


def everything_set(project):
    """Give each variable that any artefact sets, also for what others have made: where, name and value."""
    for name, value in image_variables(project).items():
        yield "the image", name, value
    for service, said in services(project).items():
        for name, value in said.get("environment", {}).items():
            yield f"compose: {service}", name, value
    for process in processes(project):
        for name, value in process.variables.items():
            yield process.where, name, value


def no_secret_stands_in_an_artefact(project):
    secret = set(secret_names())
    for where, name, value in everything_set(project):
        if name in secret or redacted(value) != value:
            yield f"{where} has a secret in {name}"
    for kind, name in resources(project):
        if kind == "Secret":
            yield f"kubernetes: the secret {name} would be in git"
    for name, pod in pods(project):
        for container in pod["containers"]:
            if any("secretRef" in one for one in container.get("envFrom", ())):
                yield f"kubernetes: {name} shows secrets in its environment"


def each_variable_is_known(project):
    names = {name for spelling in spellings_of(Settings).values() for name in spelling.every}
    known = names | {f"{name}_FILE" for name in names} | _OF_OTHERS
    for process in processes(project):
        for name in process.variables.keys() - known:
            yield f"{process.where} sets {name}, which nobody reads"


def nobody_runs_as_anybody_or_changes_a_file(project):
    for name, service in services(project).items():
        if service["security_opt"] != ["no-new-privileges:true"]:
            yield f"compose: {name} may gain privileges"
        if name in OURS and not (service.get("read_only") and service.get("cap_drop") == ["ALL"]):
            yield f"compose: {name} may change the image's files, or has capabilities"
    for name, pod in pods(project):
        for wrong in _allowed(pod):
            yield f"kubernetes: {name} {wrong}"
    for name in SERVICES:
        said = unit(project, name)
        for key, value in {"User": "starter", "NoNewPrivileges": "yes", "ProtectSystem": "strict"}.items():
            if said.get(key, [""])[-1] != value:
                yield f"systemd: {name} is without {key}={value}"


def _allowed(pod):
    (container,) = pod["containers"]
    whose = pod.get("securityContext", {})
    if (whose.get("runAsNonRoot"), whose.get("runAsUser")) != (True, 10001):
        yield "is somebody"
    if pod.get("automountServiceAccountToken", True):
        yield "may speak to the cluster"
    if container.get("securityContext", {}) != _NOTHING:
        yield "may do more than it needs"


def what_stops_has_the_time_that_it_takes(project):
    for process in processes(project):
        if not process.lasts:
            continue
        needed = ["GUNICORN_GRACEFUL_TIMEOUT", "GUNICORN_DRAIN_SECONDS"]
        if process.command[0] != "gunicorn":
            needed = ["JOBS_GRACE_SECONDS"]
        for name in needed:
            default = Settings.model_fields[name.lower()].default
            if process.seconds_to_stop <= float(process.variables.get(name, default)):
                yield f"{process.where} is killed after {process.seconds_to_stop} seconds, before {name}"


def who_is_asked_about_its_health_is_asked_the_right_thing(project):
    """Ready for visitors: /readyz. To be killed: /livez, and never because others are not well."""
    for name, pod in pods(project):
        (container,) = pod["containers"]
        asked = {
            when: container[f"{when}Probe"].get("httpGet", container[f"{when}Probe"].get("exec"))
            for when in ("startup", "liveness", "readiness")
            if f"{when}Probe" in container
        }
        right = {"readiness": {"command": ["flask", "jobs", "stats"]}}
        if name.endswith("-web"):
            right = {when: {"path": "/livez", "port": "http"} for when in ("startup", "liveness")}
            right["readiness"] = {"path": "/readyz", "port": "http"}
        elif not name.startswith("Deployment"):
            right = {}
        if asked != right:
            yield f"kubernetes: {name} is asked {asked}"
    if "/readyz" not in re.search(r"^HEALTHCHECK .*\\\n(.*)", (project / "Dockerfile").read_text(), re.MULTILINE)[1]:
        yield "the image is well without being ready"
    for name, service in services(project).items():
        asked = service.get("healthcheck", {}).get("test", [])
        if name in ("worker", "scheduler") and asked != ["CMD", "flask", "jobs", "stats"]:
            yield f"compose: {name} is asked {asked}"
        if name == "app" and asked:
            yield "compose: app is not asked what its image says"


def the_migration_goes_first(project):
    found = services(project)
    for process in of_compose(project):
        name = process.where.partition(": ")[2]
        wanted = {"postgres": "service_healthy", "redis": "service_healthy"}
        if process.lasts:
            wanted["release"] = "service_completed_successfully"
        said = {other: how["condition"] for other, how in found[name].get("depends_on", {}).items()}
        if said != wanted:
            yield f"compose: {name} begins after {said}"
    if found["nginx"]["depends_on"].get("app") != {"condition": "service_healthy", "required": True, "restart": True}:
        yield "compose: nginx keeps the address of an app that is gone"
    migrating = {process.where for process in processes(project) if _MIGRATION in " ".join(process.command)}
    if migrating != {"compose: release", "kubernetes: Job starter-release", "systemd: release@.service"}:
        yield f"the database is migrated by {sorted(migrating)}"
    for where in migrating:
        first = next(process for process in processes(project) if process.where == where)
        if _MIGRATION not in " ".join(first.command):
            yield f"{where} does something else before it migrates"


def the_cluster_is_told_how_many_machines_there_are(project):
    found = resources(project)
    scaler = found["HorizontalPodAutoscaler", "starter-web"]["spec"]
    if config_map(project).get("MACHINES") != str(scaler["maxReplicas"]):
        yield f"MACHINES is not {scaler['maxReplicas']}, the most pods of web"


def an_autoscaler_does_not_scale_on_noise(project):
    """By half a core of each process at the least: a share of less is reached by nothing at all."""
    container = resources(project)["Deployment", "starter-web"]["spec"]["template"]["spec"]["containers"][0]
    asked = container["resources"]["requests"]["cpu"]
    cores = float(asked[:-1]) / 1000 if asked.endswith("m") else float(asked)
    if cores < Settings.model_fields["gunicorn_workers"].default / 2:
        yield f"web asks for {asked} of a processor, and may take two"


def the_cluster_pulls_one_image_whose_tag_somebody_must_have_chosen(project):
    named = {(pod["containers"][0]["image"], *(one["name"] for one in pod.get("imagePullSecrets", ())))
             for _, pod in pods(project)}  # fmt: skip
    if len(named) != 1:
        yield f"pods have several images, or keys to them: {named}"
    for image, *keys in named:
        if keys != ["starter-registry"]:
            yield "no key to the registry"
        if not _NO_TAG.match(image.rpartition(":")[2]):
            yield f"{image} could be deployed by accident"
        if not image.startswith("ghcr.io/"):
            yield f"{image} is not where the workflow pushes it"


def what_must_outlast_the_application_is_not_deleted_with_it(project):
    for kind, name in resources(project):
        if kind in ("Namespace", "PersistentVolumeClaim", "Secret"):
            yield f"`kubectl delete --kustomize` takes the {kind} {name}"


def backups_go_where_they_stay(project):
    for process in (*of_compose(project), *of_kubernetes(project)):
        if "flask backup" in " ".join(process.command) and "/srv/backups/" not in " ".join(process.command):
            yield f"{process.where} writes a backup that is gone with the container"
    mounted = [one["target"] for one in services(project)["backup"].get("volumes", ())]
    mounted += [one["mountPath"] for name, pod in pods(project) if name.startswith("CronJob")
                for one in pod["containers"][0]["volumeMounts"]]  # fmt: skip
    if mounted.count("/srv/backups") != 2:
        yield f"volumes lie at {mounted}"
    if "/srv/starter/backups" not in unit(project, "backup.service")["ReadWritePaths"]:
        yield "systemd: a backup has nowhere to go"


def no_action_can_change_behind_our_back(project):
    workflow = yaml.safe_load((project / ".github/workflows/ci.yml").read_text())
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step.get("uses", f"a/b@{'0' * 40}")):
                yield f"{step['uses']} is whatever its owner says today"


LAWS = (
    no_secret_stands_in_an_artefact,
    each_variable_is_known,
    nobody_runs_as_anybody_or_changes_a_file,
    what_stops_has_the_time_that_it_takes,
    who_is_asked_about_its_health_is_asked_the_right_thing,
    the_migration_goes_first,
    the_cluster_is_told_how_many_machines_there_are,
    an_autoscaler_does_not_scale_on_noise,
    the_cluster_pulls_one_image_whose_tag_somebody_must_have_chosen,
    what_must_outlast_the_application_is_not_deleted_with_it,
    backups_go_where_they_stay,
    no_action_can_change_behind_our_back,
)
