"""The Dockerfile, built for real without a container engine, and what it makes run as an engine would run it.

buildah builds in a chroot, on a Debian that debootstrap makes (no registry is asked). What runs gets what an engine
gives: process 1 of its own, the user, variables and command of the image, a read-only root, and /tmp in memory.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from artefacts import ROOT, asked, copy_of_the_starter, tool

from carboy.testing.servers import absent, free_port, wait_for_port

pytestmark = pytest.mark.long

MARK = "a-secret-that-must-not-leave-this-machine"
NOT_FOR_IMAGES = (".env", ".env.d/.env.production", "secrets/secret_key", "instance/production.sqlite", ".git/config")
SHELL = "LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KEYS = {"SECRET_KEY": "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH", "JWT_SECRET_KEY": "aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV"}
IN_A_ROOM_OF_ITS_OWN = """
set -e
mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
mount --rbind /dev "$ROOT/dev"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs -o mode=1777 tmp "$ROOT/tmp"
mount -t tmpfs -o mode=755 run "$ROOT/run"
mkdir "$ROOT/run/volume"
mount --bind "$VOLUME" "$ROOT/run/volume"
mount -o remount,bind,ro "$ROOT"
exec chroot --userspec="$WHO" "$ROOT" /usr/bin/env -i -C "$FOLDER" "$@"
"""


class Images:
    """Where images are built, and fall apart again."""

    def __init__(self, folder):
        self.folder = folder
        self._buildah = [tool("buildah", "apt-get install buildah"), "--root", folder / "storage"]
        self._buildah += ["--runroot", folder / "run", "--storage-driver", "overlay"]

    def __call__(self, *words):
        code, said = asked(*self._buildah, *words, folder=self.folder, TMPDIR=str(self.folder))
        assert code == 0, said[-5000:]
        return said.strip()

    def build(self, context, dockerfile, name, *more):
        given = ["--build-arg", "PYTHON_IMAGE=localhost/python", "--file", dockerfile, "--tag", f"localhost/{name}"]
        self("bud", "--isolation", "chroot", "--pull-never", "--layers", "--format", "docker", *given, *more, context)
        return Image(self, name)


class Image:
    """One image, unpacked, and its settings."""

    def __init__(self, images, name):
        self.settings = json.loads(images("inspect", "--type", "image", f"localhost/{name}"))["Docker"]["config"]
        self.root = Path(images("mount", images("from", "--quiet", "--pull-never", f"localhost/{name}")))

    @contextmanager
    def started(self, volume, *command, **variables):
        """Run this, or what the image runs by itself, and give the process that is number 1 there."""
        words = self.words(command or self.settings["Cmd"], variables)
        surroundings = os.environ | {"ROOT": str(self.root), "VOLUME": str(volume), "WHO": self.settings["User"]}
        surroundings["FOLDER"] = self.settings["WorkingDir"]
        alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", IN_A_ROOM_OF_ITS_OWN, "room"]
        with (volume / "said").open("w+b") as said:
            process = subprocess.Popen([*alone, *words], env=surroundings, stdout=said, stderr=said)
            try:
                yield Running(process, volume / "said")
            finally:
                process.kill()
                process.wait()

    def words(self, command, variables):
        said = dict(one.split("=", 1) for one in self.settings["Env"]) | variables
        return [*(f"{name}={value}" for name, value in said.items()), *command]

    def run(self, volume, *command, **variables):
        with self.started(volume, *command, **variables) as running:
            return running.process.wait(120), running.said


class Running:
    """A process, and its number 1."""

    def __init__(self, process, log):
        self.process, self._log = process, log

    @property
    def said(self):
        return self._log.read_text()

    @property
    def first(self):
        (child,) = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(child)

    def wait_until_it_says(self, words):
        deadline = time.monotonic() + 60
        while words not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def stop(self):
        os.kill(self.first, signal.SIGTERM)
        return self.process.wait(40)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """A Debian with Python, as an image to begin with."""
    if os.geteuid() != 0:
        absent("root, who alone may build in a chroot,", "sudo make test-long")
    folder = tmp_path_factory.mktemp("images")
    images = Images(folder)
    debian = folder / "debian"
    with_python = ["--variant=minbase", "--include=ca-certificates,python3,python3-venv", "trixie", debian]
    code, said = asked(tool("debootstrap", "apt-get install debootstrap"), *with_python)
    assert code == 0, said[-3000:]
    # Of this machine's network, should something in it speak for the index.
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", debian / "etc/ssl/certs/ca-certificates.crt")
    (debian / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    container = images("from", "scratch")
    images("copy", "--quiet", container, debian)
    images("config", *(word for one in SHELL.split() for word in ("--env", one)), container)
    images("commit", "--quiet", "--rm", container, "localhost/python")
    shutil.rmtree(debian)
    yield images
    images("rm", "--all")
    images("rmi", "--all", "--force")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Carboy's own, with what must not get into an image."""
    folder = tmp_path_factory.mktemp("repository")
    copy_of_the_starter(folder / "starter")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".gitignore", "requirements.txt", "pyproject.toml", "README.md", "LICENSE", "UPGRADING.md"):
        shutil.copy(ROOT / name, folder)
    for beneath in (folder, folder / "starter"):
        plant_secrets(beneath)
    return folder


def plant_secrets(folder):
    for name in NOT_FOR_IMAGES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(MARK)


@pytest.fixture(scope="module")
def image(images, repository):
    return images.build(repository, repository / "starter/Dockerfile", "starter", "--build-arg", "PROJECT=starter")


@pytest.fixture
def volume(tmp_path):
    """A folder that belongs to the user of images."""
    os.chown(tmp_path, 10001, 10001)
    return tmp_path


@pytest.fixture
def variables(new_database):
    return {
        "DATABASE_URL": new_database("mariadb"),  # which listens on a port, and not in a folder alone
        "GUNICORN_PORT": str(free_port()),
        "APP_BASE_URL": "https://shop.example.org",
        "TRUSTED_HOSTS": "shop.example.org",
        **KEYS,
    }


def test_the_image_says_what_an_engine_must_know(image):
    settings = image.settings

    assert (settings["User"], settings["WorkingDir"]) == ("10001:10001", "/app")
    assert settings["Cmd"] == ["gunicorn", "starter:create_app()"]
    assert not settings["Entrypoint"]
    assert settings["ExposedPorts"] == {"5000/tcp": {}}
    assert settings["Healthcheck"]["Test"][:2] == ["CMD", "python"]
    assert settings["StopSignal"] in ("SIGTERM", "15")


def test_no_secret_gets_into_the_image_and_nothing_that_only_builds_stays(image):
    found = asked("grep", "--recursive", "--files-with-matches", MARK, image.root)

    assert found == (1, "")
    assert not any((image.root / "venv/bin" / name).exists() for name in ("pip", "pip3", "hatchling"))
    assert {path.name for path in (image.root / "app").iterdir()} & {"tests", "deploy", "secrets", ".env.d"} == set()
    everybody = asked("find", image.root / "app", image.root / "venv", "-not", "-type", "l", "-perm", "/o=w")
    assert everybody == (0, "")


def test_no_layer_holds_a_secret_either(images, image):
    assert image
    assert len(list((images.folder / "storage/overlay").glob("*/diff"))) > 5
    assert asked("grep", "--recursive", "--files-with-matches", MARK, images.folder / "storage/overlay") == (1, "")


def test_web_serves_with_a_read_only_root_is_well_and_ends_with_0_when_it_is_told_to(image, variables, volume):
    beside = volume / "beside"
    beside.mkdir()
    healthy = image.settings["Healthcheck"]["Test"][1:]
    released = image.run(volume, "flask", "db", "upgrade", **variables)
    assert released[0] == 0, released[1]

    with image.started(volume, **variables) as web:
        wait_for_port(int(variables["GUNICORN_PORT"]), web.process)
        request = urllib.request.Request(f"http://127.0.0.1:{variables['GUNICORN_PORT']}/")
        request.add_header("Host", "shop.example.org")
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200
        assert image.run(beside, *healthy, **variables)[0] == 0
        status = Path(f"/proc/{web.first}/status").read_text()
        assert "Name:\tgunicorn" in status
        assert "Uid:\t10001\t10001\t10001\t10001" in status
        assert status.partition("NSpid:")[2].split("\n")[0].split()[-1] == "1"
        assert web.stop() == 0

    assert image.run(beside, *healthy, **variables)[0] == 1


def test_the_root_of_what_runs_is_read_only_but_for_tmp(image, volume):
    for place in ("/app", "/venv", "/", "/home", "/var/tmp"):
        code, said = image.run(volume, "touch", f"{place}/file")
        assert (code, "Read-only file system" in said) == (1, True), said
    assert image.run(volume, "touch", "/tmp/file")[0] == 0


@pytest.mark.parametrize(
    ("command", "words"),
    [(["flask", "worker", "--no-scheduler"], "runs jobs of all queues"), (["flask", "scheduler"], "scheduled. Ctrl-C")],
)
def test_workers_run_from_the_same_image_and_end_with_0_when_they_are_told_to(image, variables, volume, command, words):
    assert image.run(volume, "flask", "db", "upgrade", **variables)[0] == 0

    with image.started(volume, *command, **variables) as worker:
        worker.wait_until_it_says(words)
        assert worker.stop() == 0


def test_a_worker_is_well_once_the_database_is_migrated(image, variables, volume):
    assert image.run(volume, "flask", "jobs", "stats", **variables)[0] != 0
    assert image.run(volume, "flask", "db", "upgrade", **variables)[0] == 0

    assert image.run(volume, "flask", "jobs", "stats", **variables)[0] == 0


def test_static_files_are_laid_out_in_a_volume(image, variables, volume):
    (volume / "static").mkdir()
    os.chown(volume / "static", 10001, 10001)

    code, said = image.run(volume, "flask", "static", "collect", "/run/volume/static", **variables)

    assert code == 0, said
    assert (image.root / "srv/static").stat().st_uid == 10001, "a new volume takes its owner from there"
    assert (volume / "static/static/app.css").exists()


def test_a_backup_is_taken_and_read_back_where_the_root_is_read_only(image, variables, volume):
    assert image.run(volume, "flask", "db", "upgrade", **variables)[0] == 0

    taken = image.run(volume, "flask", "backup", "/run/volume/one.backup", **variables)
    restored = image.run(volume, "flask", "restore", "--replace", "/run/volume/one.backup", **variables)

    assert (taken[0], restored[0]) == (0, 0), taken[1] + restored[1]
    folder = (image.root / "srv/backups").stat()
    assert (folder.st_uid, folder.st_mode & 0o777) == (10001, 0o700), "a new volume takes its owner from there"


def test_what_dumps_postgresql_is_as_new_as_the_server_of_compose(image, volume):
    server = re.search("image: postgres:([0-9]+)", (ROOT / "starter/compose.yaml").read_text())[1]

    code, said = image.run(volume, "pg_dump", "--version")

    assert code == 0, said
    assert int(re.search(r"\) ([0-9]+)", said)[1]) >= int(server)


def test_without_settings_it_ends_with_78_and_says_which(image, volume):
    code, said = image.run(volume)

    assert code == 78
    assert "SECRET_KEY" in said


def test_a_project_of_its_own_is_built_with_the_wheel_in_its_folder(images, image, repository, tmp_path, volume):
    assert image  # whose layers are the beginning of this one
    project = copy_of_the_starter(tmp_path / "shop")
    shutil.copy(ROOT / "requirements.txt", project)
    (project / "vendor").mkdir()
    wheel = ["-m", "hatchling", "build", "--target", "wheel", "--directory", project / "vendor"]
    code, said = asked("python", *wheel, folder=repository)
    assert code == 0, said
    plant_secrets(project)

    built = images.build(project, project / "Dockerfile", "shop")

    assert asked("grep", "--recursive", "--files-with-matches", MARK, built.root) == (1, "")
    assert built.run(volume, "python", "-c", "import carboy, starter, wsgi; carboy.__file__.index('/venv/')")[0] == 0


def test_every_dependency_has_a_wheel_for_arm_too(images, repository):
    container = images("from", "--pull-never", "localhost/python")
    images("copy", "--quiet", container, repository / "requirements.txt", "/requirements.txt")
    glibc = ("2014", "_2_24", "_2_28", "_2_34")
    wheels = " ".join(f"--platform manylinux{one}_aarch64" for one in glibc)
    resolve = f"/v/bin/pip install --dry-run --target /x --no-deps --only-binary :all: {wheels} --python-version 3.13"

    images(
        "run", "--isolation", "chroot", container, "--", "sh", "-c",
        f"python3 -m venv /v && {resolve} --require-hashes --requirement /requirements.txt",
    )  # fmt: skip
