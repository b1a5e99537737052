"""The tables of files. A row is written after its bytes are safe, and deleted before they are.

files          what is known of each file; its id is the key of its bytes in every store
file_chunks    the bytes, where the database is the store
file_owners    what each owner's files take together

A row never names bytes that are not there. Bytes that no row names are what a crash may leave; the sweep finds them.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, UniqueConstraint, Uuid

from carboy.context import utc_now
from carboy.data import Base, LongBytes, UtcDateTime, uuid7

LONGEST_NAME, LONGEST_OWNER = 255, 255

FILES = Table(
    "files",
    Base.metadata,
    Column("id", Uuid, primary_key=True, default=uuid7),
    Column("owner", String(LONGEST_OWNER), nullable=False),  # such as user:<uuid>; no foreign key: it may be a machine
    Column("name", String(LONGEST_NAME), nullable=False),  # to be shown; no path is ever made of it
    Column("media_type", String(127), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256
    Column("store", String(16), nullable=False),
    Column("charged", Boolean, nullable=False),  # whether it counts for what its owner may keep
    Column("variant_of", ForeignKey("files.id", ondelete="CASCADE")),
    Column("variant", String(32)),
    Column("expires_at", UtcDateTime, index=True),
    Column("created_at", UtcDateTime, nullable=False, default=utc_now),
    UniqueConstraint("variant_of", "variant"),
)

# Chunks may come before the row of their file, so there is no foreign key.
FILE_CHUNKS = Table(
    "file_chunks",
    Base.metadata,
    Column("file_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", LongBytes, nullable=False),
)

FILE_OWNERS = Table(
    "file_owners",
    Base.metadata,
    Column("owner", String(LONGEST_OWNER), primary_key=True),
    Column("used_bytes", BigInteger, nullable=False),
)
