"""What the catalogue holds from the start."""

from starter.foss import domain
from starter.foss.backend import FossBackend
from starter.foss.seeds import PROJECTS, plant_projects


def test_planting_twice_is_planting_once_and_leaves_alone_what_people_changed(database):
    backend = FossBackend(database)
    with database.transaction():
        plant_projects(database)
        curl = backend.named("curl")
        domain.change_details(backend, curl, {"name": "cURL", "description": "Ours now."})

    with database.transaction():
        plant_projects(database)
        stored = domain.search(backend, domain.Filters(), sort="name", window=domain.Window(limit=100)).items

    assert len(stored) == len(PROJECTS)
    assert stored[0].details.description == "Ours now."
