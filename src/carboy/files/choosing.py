"""Which stores the settings name: the one that new files go into, and those that older ones may lie in."""

from typing import TYPE_CHECKING

from carboy.files.stores.bucket import BucketStore
from carboy.files.stores.database import DatabaseStore
from carboy.files.stores.folder import FolderStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carboy.data import Database
    from carboy.files.stores import Store
    from carboy.settings import Settings


def stores_of(settings: "Settings", database: "Database") -> "Sequence[Store]":
    """Return every store that is set up, first the one for new files."""
    stores: list[Store] = [DatabaseStore(database)]
    if settings.files_dir is not None:
        stores.append(FolderStore(settings.files_dir))
    if settings.s3_bucket:
        stores.append(_bucket(settings))
    return sorted(stores, key=lambda store: store.name != settings.files_store)


def _bucket(settings: "Settings") -> BucketStore:
    return BucketStore(
        settings.s3_bucket,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        key_id=settings.s3_key_id,
        secret=settings.s3_secret.get_secret_value(),
    )
