"""Dotenv files: what is in them that nobody reads, or that cannot be read."""

import pytest

NOBODYS = [
    ("SECRT_KEY", "SECRET_KEY"),
    ("secret_key", "SECRET_KEY"),
    ("FLASK_ENVV", "FLASK_ENV"),
    ("POSTGRES_PASSWRD", "POSTGRES_PASSWORD"),
]


@pytest.mark.parametrize(("key", "meant"), NOBODYS)
@pytest.mark.parametrize("file", [".env", ".env.d/.env.development"])
def test_an_unknown_key_is_refused_with_the_one_that_was_meant(shop, file, key, meant):
    shop.write(file, f"\n# a comment\n{key}=x\n")

    assert shop.faults() == [f"{key} (in {file} line 3) is not the name of a setting. Did you mean {meant}?"]


def test_an_unknown_key_that_is_near_to_none_is_refused_as_well(shop):
    shop.write(".env", "ZZZ=1\n")

    assert shop.faults() == ["ZZZ (in .env line 1) is not the name of a setting. Take it away."]


def test_keys_of_other_tools_are_left_to_them(shop):
    tools = [
        "FLASK_APP",
        "FLASK_SKIP_DOTENV",
        "FLASK_RUN_PORT",
        "COMPOSE_PROJECT_NAME",
        "DOCKER_HOST",
        "PYTHONPATH",
        "TZ",
    ]
    tools += ["POSTGRES_INITDB_ARGS", "OTEL_SERVICE_NAME", "PGSSLMODE", "MARIADB_ROOT_PASSWORD", "LC_ALL"]
    shop.write(".env", "".join(f"{name}=1\n" for name in tools))

    assert shop.faults() == []


def test_unknown_variables_of_the_environment_are_nobodys_business(shop):
    assert shop.faults({"SECRT_KEY": "x"}) == []


@pytest.mark.parametrize("line", ["PORT 5000", "PORT", "=5000", "HOST='open", "two words=1"])
def test_a_line_that_is_no_assignment_is_refused_with_its_number(shop, line):
    shop.write(".env", f"APP_NAME=Shop\n\n{line}\n")
    told = "There is a line that is not NAME=value in .env line 3. Mend it, or take it away."

    assert shop.faults() == [told]


def test_a_key_that_is_said_twice_differently_is_refused(shop):
    shop.write(".env", "PORT=1\nPORT=2\nHOST=a\nHOST=a\n")

    assert shop.faults() == ["PORT is said again, differently, in .env line 2. Keep one line."]


def test_nothing_is_expanded(shop):
    shop.write(".env", "APP_NAME=${HOME}\n")

    assert shop.load({"HOME": "elsewhere"}).app_name == "${HOME}"


def test_a_file_that_is_no_text_is_refused(shop):
    (shop.root / ".env").write_bytes(b"APP_NAME=\xff\n")

    assert shop.faults() == [".env cannot be read: it is not text in UTF-8. Save it as that."]


@pytest.mark.parametrize("name", ["ENV_FILE", "SECRETS_DIR"])
def test_what_chooses_the_files_cannot_stand_in_them(shop, name):
    shop.write(".env", f"{name}=x\n")

    assert "counts in the environment alone" in shop.faults()[0]
