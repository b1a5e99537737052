"""All artefacts hold to the same laws, and each law finds the fault that breaks it."""

import artefacts
import laws
import pytest

pytestmark = pytest.mark.long

BASE, OVERLAY, UNITS = "deploy/k8s/base", artefacts.OVERLAY, "deploy/systemd"
SECRET, HEALTH, STOP = (
    laws.no_secret_stands_in_an_artefact,
    laws.who_is_asked_about_its_health_is_asked_the_right_thing,
    laws.what_stops_has_the_time_that_it_takes,
)
FIRST, NOBODY, BACKUP = (
    laws.the_migration_goes_first,
    laws.nobody_runs_as_anybody_or_changes_a_file,
    laws.backups_go_where_they_stay,
)
IMAGE, MACHINES, LASTING = (
    laws.the_cluster_pulls_one_image_whose_tag_somebody_must_have_chosen,
    laws.the_cluster_is_told_how_many_machines_there_are,
    laws.what_must_outlast_the_application_is_not_deleted_with_it,
)
SMTP = "smtp://shop:password@mail.example.org"
RELEASE = "release: {condition: service_completed_successfully}"
AS_ENVIRONMENT = "env: [{name: SECRET_KEY, value: abc}]\n          "
FAULTS = [
    (SECRET, "Dockerfile", "FLASK_ENV=production", "FLASK_ENV=production S3_SECRET=abc"),
    (SECRET, "compose.yaml", "command: [sh, -c", f"environment: {{MAIL_URL: '{SMTP}'}}\n    command: [sh, -c"),
    (SECRET, "compose.yaml", "POSTGRES_DB: starter", "POSTGRES_DB: starter\n      POSTGRES_PASSWORD: abc"),
    (SECRET, "deploy/compose.env", "SCRIPT_NAME=", "API_KEYS=\nMETRICS_TOKEN=abc"),
    (SECRET, f"{BASE}/web.yaml", "ports:\n", AS_ENVIRONMENT + "ports:\n"),
    (SECRET, f"{BASE}/settings.env", "FLASK_ENV", "METRICS_TOKEN=abc\nFLASK_ENV"),
    (SECRET, f"{OVERLAY}/settings.env", "APP_BASE_URL", f"MAIL_URL={SMTP}\nAPP_BASE_URL"),
    (SECRET, f"{BASE}/backup.yaml", "configMapRef: {name: settings}", "secretRef: {name: starter-secrets}"),
    (SECRET, f"{BASE}/kustomization.yaml", "configMap", "secretGenerator: [{name: s, literals: [A=b]}]\nconfigMap"),
    (SECRET, f"{UNITS}/common.conf", "FLASK_APP=", "REDIS_PASSWORD=abc FLASK_APP="),
    (SECRET, f"{UNITS}/backup.service", "[Service]", "[Service]\nEnvironment=JWT_SECRET_KEY=abc"),
    (laws.each_variable_is_known, "Dockerfile", "GUNICORN_PORT", "GUNICORN_PORTS"),
    (laws.each_variable_is_known, "compose.yaml", "REDIS_HOST", "REDIS_HOSTS"),
    (laws.each_variable_is_known, f"{OVERLAY}/settings.env", "TRUSTED_HOSTS", "TRUSTED_HOST"),
    (laws.each_variable_is_known, f"{UNITS}/common.conf", "FLASK_ENV", "FLASK_ENVIRONMENT"),
    (NOBODY, "compose.yaml", "  cap_drop: [ALL]\n", ""),
    (NOBODY, "compose.yaml", "  read_only: true\n", ""),
    (NOBODY, f"{BASE}/pod.yaml", "runAsUser: 10001", "runAsUser: 0"),
    (NOBODY, f"{BASE}/backup.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    (NOBODY, f"{BASE}/kustomization.yaml", "Deployment|Job", "Deployment"),
    (NOBODY, f"{UNITS}/common.conf", "User=starter", "User=root"),
    (NOBODY, f"{UNITS}/common.conf", "ProtectSystem=strict", "ProtectSystem=full"),
    (STOP, "compose.yaml", "stop_grace_period: 40s", "stop_grace_period: 4s"),
    (STOP, "compose.yaml", "command: [flask, worker, --no-scheduler]\n    init: true\n    stop_grace_period: 30s\n",
     "command: [flask, worker, --no-scheduler]\n    init: true\n"),
    (STOP, "deploy/compose.env", "SCRIPT_NAME=", "GUNICORN_GRACEFUL_TIMEOUT=60\nSCRIPT_NAME="),
    (STOP, f"{BASE}/web.yaml", "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 5"),
    (STOP, f"{BASE}/web.yaml", '[sleep, "5"]', '[sleep, "20"]'),
    (STOP, f"{BASE}/worker.yaml", "terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 20"),
    (STOP, f"{BASE}/settings.env", "FLASK_ENV", "JOBS_GRACE_SECONDS=60\nFLASK_ENV"),
    (STOP, f"{UNITS}/web.service", "TimeoutStopSec=40s", "TimeoutStopSec=5s"),
    (STOP, f"{UNITS}/worker.service", "TimeoutStopSec=30s", "TimeoutStopSec=5s"),
    (HEALTH, f"{BASE}/web.yaml", "{path: /readyz", "{path: /livez"),
    (HEALTH, f"{BASE}/web.yaml", "livenessProbe:\n            httpGet: {path: /livez",
     "livenessProbe:\n            httpGet: {path: /readyz"),
    (HEALTH, f"{BASE}/worker.yaml", "readinessProbe", "livenessProbe"),
    (HEALTH, "Dockerfile", "/readyz", "/livez"),
    (HEALTH, "compose.yaml", "test: [CMD, flask, jobs, stats]", "test: [CMD, flask, jobs, list]"),
    (FIRST, "compose.yaml", f"      {RELEASE}\n", ""),
    (FIRST, "compose.yaml", RELEASE, "release: {condition: service_started}"),
    (FIRST, "compose.yaml", "postgres: {condition: service_healthy}", "postgres: {condition: service_started}"),
    (FIRST, "compose.yaml", "flask db upgrade && ", ""),
    (FIRST, "compose.yaml", ", restart: true}", "}"),
    (FIRST, f"{BASE}/release.yaml", "[flask, db, upgrade]", "[flask, db, current]"),
    (FIRST, f"{BASE}/worker.yaml", "[flask, worker, --no-scheduler]", "[sh, -c, flask db upgrade && flask worker]"),
    (FIRST, f"{UNITS}/release@.service", "flask db upgrade", "flask db current"),
    (MACHINES, f"{BASE}/settings.env", "MACHINES=6", "MACHINES=1"),
    (MACHINES, f"{BASE}/web.yaml", "maxReplicas: 6", "maxReplicas: 8"),
    (laws.an_autoscaler_does_not_scale_on_noise, f"{BASE}/web.yaml", '{cpu: "1"}', "{cpu: 100m}"),
    (laws.an_autoscaler_does_not_scale_on_noise, f"{BASE}/pod.yaml", "{memory: 256Mi}", "{cpu: 50m, memory: 256Mi}"),
    (IMAGE, f"{BASE}/pod.yaml", "      imagePullSecrets:\n        - name: starter-registry\n", ""),
    (IMAGE, f"{OVERLAY}/kustomization.yaml", "newTag: .unset", "newTag: latest"),
    (IMAGE, f"{OVERLAY}/kustomization.yaml", "ghcr.io/", "registry.example.org/"),
    (IMAGE, f"{BASE}/backup.yaml", "image: starter", "image: another"),
    (LASTING, f"{OVERLAY}/kustomization.yaml", "resources:\n", "resources:\n  - namespace.yaml\n"),
    (BACKUP, "compose.yaml", "flask backup \"/srv/backups/", "flask backup \"/tmp/"),
    (BACKUP, "compose.yaml", '    volumes: ["backups:/srv/backups"]\n', ""),
    (BACKUP, f"{BASE}/backup.yaml", "- {name: backups, mountPath: /srv/backups}", "- {name: tmp, mountPath: /srv/b}"),
    (BACKUP, f"{UNITS}/backup.service", "ReadWritePaths=/srv/starter/backups", "ReadWritePaths=/srv/starter/static"),
    (laws.no_action_can_change_behind_our_back, ".github/workflows/ci.yml",
     "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "actions/checkout@v7"),
]  # fmt: skip


@pytest.mark.parametrize("law", laws.LAWS)
def test_a_law_holds_for_every_artefact(project, law):
    assert [*law(project)] == []


@pytest.mark.parametrize(("law", "path", "right", "wrong"), FAULTS)
def test_a_fault_that_breaks_a_law_is_found(project, law, path, right, wrong):
    (project / OVERLAY / "namespace.yaml").write_text("{apiVersion: v1, kind: Namespace, metadata: {name: starter}}")
    text = (project / path).read_text()
    assert right in text
    (project / path).write_text(text.replace(right, wrong, 1))

    assert [*law(project)]


def test_each_law_has_been_seen_to_fail():
    assert {law for law, *_ in FAULTS} == set(laws.LAWS)
