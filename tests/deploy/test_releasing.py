"""The two scripts that put a release in place: what runs goes on until the next has been migrated.

It runs what docs/how-to/kubernetes.md shows.
"""

import pytest
from stages import Stage


@pytest.fixture
def stage(tmp_path, project):
    return Stage(tmp_path, project)


@pytest.fixture
def machine(stage):
    """A machine with one release, and a clone of the project that has a newer one."""
    (stage.project / "requirements.txt").write_text("")
    (stage.project / "vendor").mkdir()
    (stage.project / "vendor/carboy-1.0-py3-none-any.whl").write_text("")
    (stage.project / ".env").write_text("SECRET_KEY=abc")
    script = stage.project / "deploy/systemd/install-release"
    script.write_text(script.read_text().replace("/srv/starter", str(stage.folder / "srv")))
    (stage.folder / "srv/releases/old").mkdir(parents=True)
    (stage.folder / "srv/current").symlink_to("releases/old")
    git = "git -c user.name=x -c user.email=x@example.org"
    stage.run("sh", "-ec", f"git init -q; git add .; {git} commit -qm x")
    # The environment of a release: made as python3 makes it, but for what it would install.
    pip = 'mkdir -p "$3/bin"; ln -sf "$(dirname "$0")/pip" "$3/bin/pip"'
    stage.stand_in("python3", f"*) {pip} ;;")
    stage.stand_in("pip")
    stage.stand_in("systemctl")
    return stage


def current(machine):
    return str((machine.folder / "srv/current").readlink())


def test_a_machine_serves_the_next_release_once_it_has_migrated(machine):
    commit = machine.run("git", "rev-parse", "HEAD").stdout.strip()

    done = machine.run("sh", "deploy/systemd/install-release")

    assert (done.returncode, done.stderr) == (0, "")
    assert current(machine) == f"releases/{commit}"
    assert [call for call in machine.calls if call.startswith("systemctl")] == [
        f"systemctl start starter-release@{commit}",
        "systemctl restart starter-web starter-worker starter-scheduler",
    ]
    release = machine.folder / "srv/releases" / commit
    assert any(f"--no-deps {release}/vendor/carboy-1.0-py3-none-any.whl" in call for call in machine.calls)
    assert (release / "gunicorn.conf.py").exists()


def test_a_release_holds_what_is_committed_and_nothing_else(machine):
    machine.run("sh", "deploy/systemd/install-release")

    release = machine.folder / "srv" / current(machine)
    assert not (release / ".env").exists()
    assert not (release / ".git").exists()


@pytest.mark.parametrize("what", ["pip", "systemctl"])
def test_where_a_release_fails_before_it_serves_the_one_before_it_goes_on(machine, what):
    machine.stand_in(what, "systemctl\\ start*|pip*) exit 1 ;;")

    done = machine.run("sh", "deploy/systemd/install-release")

    assert done.returncode == 1
    assert current(machine) == "releases/old"
    assert not any("restart" in call for call in machine.calls)


@pytest.fixture
def cluster(stage):
    stage.stand_in("kustomize")
    return stage


def deploy(cluster, kubectl):
    cluster.stand_in("kubectl", kubectl)
    return cluster.run("sh", "deploy/k8s/deploy.sh", "ghcr.io/shop/shop:4f9d8c2")


def test_a_cluster_is_given_the_image_and_asked_until_it_serves(cluster):
    done = deploy(cluster, "*) ;;")

    assert (done.returncode, done.stderr) == (0, "")
    said = [call.removeprefix("kubectl --namespace starter ") for call in cluster.calls]
    assert said[0] == "kustomize edit set image starter=ghcr.io/shop/shop:4f9d8c2"
    assert said[1:4] == [
        "delete job starter-release --ignore-not-found",
        "kubectl apply --kustomize deploy/k8s/overlays/production",
        "wait --for=condition=complete --timeout=10s job/starter-release",
    ]
    assert [call.split()[-1] for call in said[4:]] == [
        f"deployment/starter-{one}" for one in ("web", "worker", "scheduler")
    ]


def test_a_migration_that_has_failed_is_not_waited_for(cluster):
    done = deploy(cluster, '*wait*) exit 1 ;;\n*"get job"*) echo True ;;\n*logs*) echo "no such column" ;;')

    assert done.returncode == 1
    assert "no such column" in done.stdout
    assert not any("rollout" in call for call in cluster.calls)


def test_a_migration_that_takes_long_is_waited_for(cluster):
    done = deploy(cluster, f'*wait*) [ "$(grep -c wait {cluster.folder}/calls)" -gt 3 ] ;;')

    assert done.returncode == 0
    assert sum("wait" in call for call in cluster.calls) == 4


def test_a_cluster_that_does_not_answer_ends_the_waiting(cluster):
    assert deploy(cluster, '*wait*|*"get job"*) exit 1 ;;').returncode == 1
