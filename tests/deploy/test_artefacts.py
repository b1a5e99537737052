"""Each artefact satisfies the tool that reads it, and a fault that is planted there does not."""

import artefacts
import pytest

from carboy.cli.new.answers import Answers
from carboy.cli.new.rendering import render
from carboy.cli.new.starter import starter_folder

CHECKS = {
    "Dockerfile": artefacts.dockerfile,
    "compose": artefacts.compose,
    "workflow": artefacts.workflow,
    "nginx": artefacts.nginx,
    "nginx with TLS": artefacts.nginx_with_tls,
    "systemd": artefacts.systemd,
    "kubernetes": artefacts.kubernetes,
}

BASE, OVERLAY = "deploy/k8s/base", artefacts.OVERLAY
TEMPLATE = "deploy/nginx/default.conf.template"
FAULTS = [
    ("Dockerfile", "Dockerfile", 'CMD ["gunicorn", "starter:create_app()"]', "CMD gunicorn 'starter:create_app()'"),
    ("Dockerfile", "Dockerfile", "WORKDIR /app", "WORKDIR app"),
    ("Dockerfile", "Dockerfile", "STOPSIGNAL", "STOPSIGNALS"),
    ("compose", "compose.yaml", "read_only: true", "readonly: true"),
    ("compose", "compose.yaml", "{condition: service_healthy}", "{condition: service_well}"),
    ("compose", "compose.yaml", "secret_key: {file:", "another_key: {file:"),
    ("compose", "compose.yaml", "  static:\n", ""),
    ("compose", "compose.spa.yaml", "volumes:", "volume:"),
    ("workflow", ".github/workflows/ci.yml", "runs-on: ubuntu-24.04", "run-on: ubuntu-24.04"),
    ("workflow", ".github/workflows/ci.yml", "packages: write", "packages: writes"),
    ("nginx", TEMPLATE, "client_max_body_size", "client_max_body"),
    ("nginx", TEMPLATE, "location @application {", "location @application"),
    ("nginx", TEMPLATE, "$visitors_scheme;", "$the_scheme;"),
    ("nginx", TEMPLATE, "gzip_static on;", "gzip_static maybe;"),
    ("nginx with TLS", "deploy/nginx/tls.conf", "privkey.pem", "fullchain.pem"),
    ("nginx with TLS", "deploy/nginx/tls.conf", "TLSv1.3", "TLSv1.9"),
    ("systemd", "deploy/systemd/web.service", "Type=notify", "Type=notified"),
    ("systemd", "deploy/systemd/web.service", "starter-web.socket", "starter-nothing.socket"),
    ("systemd", "deploy/systemd/common.conf", "NoNewPrivileges", "NoNewPrivilege"),
    ("systemd", "deploy/systemd/common.conf", "SystemCallFilter=@", "SystemCallFilter=@not-"),
    ("systemd", "deploy/systemd/scheduler.service", "venv/bin/flask", "venv/bin/flasks"),
    ("systemd", "deploy/systemd/release@.service", "venv/bin/flask", "venv/bin/flasks"),
    ("systemd", "deploy/systemd/backup.service", "/bin/sh", "/bin/shell"),
    ("systemd", "deploy/systemd/backup.timer", "OnCalendar=02:30", "OnCalendar=26:30"),
    ("systemd", "deploy/systemd/web.socket", "127.0.0.1:5000", "127.0.0.1:500000"),
    ("kubernetes", f"{BASE}/kustomization.yaml", "worker.yaml", "workers.yaml"),
    ("kubernetes", f"{BASE}/pod.yaml", "runAsNonRoot", "runAsNoRoot"),
    ("kubernetes", f"{BASE}/backup.yaml", "concurrencyPolicy", "concurrentPolicy"),
    ("kubernetes", "deploy/k8s/once.yaml", "accessModes", "accessMode"),
    ("kubernetes", f"{BASE}/web.yaml", "periodSeconds: 2", "periodSeconds: often"),
    ("kubernetes", f"{BASE}/release.yaml", "backoffLimit", "backOffLimit"),
    ("kubernetes", f"{OVERLAY}/ingress.yaml", "pathType: Prefix", "pathTypes: Prefix"),
    ("kubernetes", f"{OVERLAY}/kustomization.yaml", "behavior: merge", "behavior: create"),
]


@pytest.mark.parametrize("name", CHECKS)
def test_an_artefact_satisfies_the_tool_that_reads_it(project, name):
    assert CHECKS[name](project) == ""


@pytest.mark.long
@pytest.mark.parametrize("name", ["Dockerfile", "compose", "workflow", "nginx", "kubernetes"])
def test_it_does_so_in_a_project_with_an_underscore_in_its_name(tmp_path, name):
    for path, file in render(starter_folder(), Answers("my_shop")).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(file.content)

    assert CHECKS[name](tmp_path) == ""


@pytest.mark.long
@pytest.mark.parametrize(("name", "path", "right", "wrong"), FAULTS)
def test_a_fault_that_is_planted_in_an_artefact_is_found(project, name, path, right, wrong):
    text = (project / path).read_text()
    assert right in text
    (project / path).write_text(text.replace(right, wrong, 1))

    assert CHECKS[name](project)
