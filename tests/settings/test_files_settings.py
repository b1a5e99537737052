"""Where files go is said whole, or refused before anybody sends one."""

import pytest


def test_without_a_setting_files_go_into_the_database(shop):
    settings = shop.load()

    assert (settings.files_store, settings.files_dir, settings.s3_bucket) == ("database", None, "")


def test_a_folder_for_files_must_be_named_and_there(shop):
    assert "FILES_DIR" in str(shop.faults({"FILES_STORE": "folder"}))
    assert "a folder that exists" in str(shop.faults({"FILES_STORE": "folder", "FILES_DIR": "nowhere"}))
    (shop.root / "files").mkdir()

    assert shop.load({"FILES_STORE": "folder", "FILES_DIR": "files"}).files_dir == shop.root / "files"


def test_files_do_not_lie_where_anybody_could_fetch_them(shop):
    (shop.root / "dist" / "files").mkdir(parents=True)

    faults = shop.faults({"FLASK_STATIC_DIR": "dist", "FILES_DIR": "dist/files"})

    assert "must not lie in FLASK_STATIC_DIR" in str(faults)


def test_a_bucket_must_be_named(shop):
    assert "S3_BUCKET" in str(shop.faults({"FILES_STORE": "s3"}))
    assert shop.load({"FILES_STORE": "s3", "S3_BUCKET": "shop"}).s3_bucket == "shop"


@pytest.mark.parametrize("half", [{"S3_KEY_ID": "key"}, {"S3_SECRET": "s3cret-word"}])
def test_the_key_to_a_bucket_has_two_halves_and_neither_is_told(shop, half):
    faults = str(shop.faults({"S3_BUCKET": "shop", **half}))

    assert "must both be set, or neither" in faults
    assert "s3cret-word" not in faults


@pytest.mark.parametrize("endpoint", ["s3.example.org", "https://s3.example.org/bucket", "ftp//x"])
def test_an_endpoint_is_an_origin(shop, endpoint):
    assert "must be such as https://s3.example.org" in str(shop.faults({"S3_ENDPOINT": endpoint}))


def test_an_unknown_store_is_refused(shop):
    assert "must be one of database, folder, s3" in str(shop.faults({"FILES_STORE": "ftp"}))
