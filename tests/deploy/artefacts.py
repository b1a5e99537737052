"""What is asked about each artefact, by the very tool that will read it; the answer is what is wrong."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from carboy.testing.servers import absent

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SERVICES = ("web.service", "worker.service", "scheduler.service", "release@.service", "backup.service")
UNITS = ("web.socket", *SERVICES, "backup.timer")
OVERLAY = "deploy/k8s/overlays/production"

# What nginx is told where it stands in front of a gunicorn on the same machine.
NGINX = {
    "LISTEN": "127.0.0.1:8080",
    "UPSTREAM": "127.0.0.1:5000",
    "SERVER_NAME": "_",
    "SCRIPT_NAME": "",
    "STATIC_FOLDER": "/srv/starter/static",
    "MAX_BODY_SIZE": "12m",
    "TRUSTED_PROXY": "255.255.255.255",
}

# All of nginx's own, so that it needs nobody's leave and nothing of the machine's.
NGINX_CONF = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    types {{ text/css css; text/javascript js; image/svg+xml svg; }}
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/*.conf;
}}
"""


def copy_of_the_starter(folder):
    """The starter as it would be committed."""
    left_out = shutil.ignore_patterns("instance", "__pycache__", ".*cache", "secrets", ".env.[!d]*")
    return Path(shutil.copytree(ROOT / "starter", folder, ignore=left_out))


def tool(name, remedy):
    """Where the program is, wherever a Debian machine keeps it."""
    return shutil.which(name, path=f"{BIN}:{os.environ['PATH']}:/usr/sbin:/sbin") or absent(name, remedy)


def asked(*words, folder=None, **variables):
    """Run it, and return its exit code and everything that it said."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env={"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder or "/"), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def complaint(*words, **where):
    """What it said if it ended with an error."""
    code, said = asked(*words, **where)
    return said or f"exit code {code}" if code else ""


def dockerfile(project):
    return complaint(tool("hadolint", "make setup"), project / "Dockerfile")


def compose(project):
    found = ""
    for more in ([], ["--file", "compose.spa.yaml"]):
        files = ["--file", "compose.yaml", *more]
        found += complaint("docker-compose", *files, "--profile", "*", "config", "--quiet", folder=project)
    return found


def workflow(project):
    schema = ["--builtin-schema", "vendor.github-workflows"]
    return complaint("check-jsonschema", *schema, project / ".github/workflows/ci.yml")


def nginx(project):
    folder = project / "nginx"
    folder.mkdir()
    configure_nginx(project, folder)
    return said_by_nginx(folder)


def nginx_with_tls(project):
    folder = project / "nginx-tls"
    folder.mkdir()
    new_key = [
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "privkey.pem",
        "-out",
        "fullchain.pem",
        "-subj",
        "/CN=localhost",
    ]
    assert not complaint(tool("openssl", "apt-get install openssl"), "req", "-x509", *new_key, folder=folder)
    configure_nginx(project, folder, LISTEN="443 ssl")
    tls = (project / "deploy/nginx/tls.conf").read_text()
    (folder / "tls.conf").write_text(tls.replace("/etc/nginx/tls", str(folder)))
    return said_by_nginx(folder)


def said_by_nginx(folder):
    code, said = asked(tool("nginx", "apt-get install nginx-light"), "-t", "-q", "-c", folder / "nginx.main")
    return said or (f"exit code {code}" if code else "")


def configure_nginx(project, folder, **values):
    """Put the values in, as the image of nginx does."""
    template = (project / "deploy/nginx/default.conf.template").read_text()
    for name, value in (NGINX | values).items():
        template = template.replace(f"${{{name}}}", value)
    (folder / "default.conf").write_text(template)
    # As root it would give its workers to a user who may not look into folders of tests.
    whose = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.main").write_text(whose + NGINX_CONF.format(folder=folder))


def systemd(project):
    code, said = asked(
        tool("systemd-analyze", "apt-get install systemd"), "verify", "--man=no", *install_units(project)
    )
    return said or (f"exit code {code}" if code else "")


def install_units(project):
    """Lay the units out as they are installed, with the programs of this environment, and return them."""
    folder = project / "units"
    (folder / "starter-.service.d").mkdir(parents=True)
    shutil.copy(project / "deploy/systemd/common.conf", folder / "starter-.service.d")
    for unit in UNITS:
        text = (project / "deploy/systemd" / unit).read_text()
        (folder / f"starter-{unit}").write_text(re.sub(r"/srv/starter/(current|releases/%i)/.venv/bin", str(BIN), text))
    return sorted(path for path in folder.iterdir() if path.is_file())


def kubernetes(project):
    code, said = asked("kubectl", "kustomize", project / OVERLAY)
    if code:
        return said
    (project / "kubernetes.yaml").write_text(said)
    return complaint(
        "kubernetes-validate", "--strict", "--quiet", project / "kubernetes.yaml", project / "deploy/k8s/once.yaml"
    )


def resources(project):
    """What kubernetes is told, by kind and name."""
    code, said = asked("kubectl", "kustomize", project / OVERLAY)
    assert code == 0, said
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(said)}


def services(project):
    """What compose makes of its file."""
    said = asked(
        "docker-compose", "--file", "compose.yaml", "--profile", "*", "config", "--format", "json", folder=project
    )[1]
    return json.loads(said)["services"]
