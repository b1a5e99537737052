"""The projects that are in the catalogue from the start."""

from carboy.data import Database

from starter.foss import domain
from starter.foss.backend import FossBackend

PROJECTS = (
    {"name": "curl", "licence": "curl", "homepage": "https://curl.se/"},
    {"name": "Firefox", "licence": "MPL-2.0", "homepage": "https://www.firefox.com/"},
    {"name": "Flask", "licence": "BSD-3-Clause", "homepage": "https://flask.palletsprojects.com/"},
    {"name": "GNU Emacs", "licence": "GPL-3.0-or-later", "homepage": "https://www.gnu.org/software/emacs/"},
    {"name": "MariaDB", "licence": "GPL-2.0-only", "homepage": "https://mariadb.org/"},
    {"name": "PostgreSQL", "licence": "PostgreSQL", "homepage": "https://www.postgresql.org/"},
    {"name": "Python", "licence": "PSF-2.0", "homepage": "https://www.python.org/"},
)


def plant_projects(database: Database) -> None:
    """Put in what is missing, and leave alone what is there."""
    domain.add_missing(FossBackend(database), PROJECTS)
