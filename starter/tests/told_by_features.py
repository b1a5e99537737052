"""What a feature's tests tell those that walk over the whole application.

tests/<feature>/belongings.py    BELONGS: what belongs to somebody, for each address with an id in it
tests/<feature>/open_doors.py    OPEN: what strangers may reach; SHARED: what everybody who is known may change
"""

from importlib import import_module
from pathlib import Path

from starter.features import FEATURES


def told(file, name):
    """What each feature says by this name, in its file of this name."""
    features = (feature.rpartition(".")[2] for feature in FEATURES)
    telling = [one for one in features if Path(__file__).parent.joinpath(one, f"{file}.py").is_file()]
    return [getattr(import_module(f"{feature}.{file}"), name) for feature in telling]
