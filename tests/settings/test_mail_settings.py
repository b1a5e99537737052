"""Where mails go is said by one URL, which cannot be one that lets others read them."""

import pytest


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("SMTP://shop:pw@mail.example.org:587", "smtp://shop:pw@mail.example.org:587"),
        ("smtps://mail.example.org", "smtps://mail.example.org"),
        ("smtp://localhost:2525?tls=no", "smtp://localhost:2525?tls=no"),
        ("smtp://127.0.0.1?tls=no", "smtp://127.0.0.1?tls=no"),
        ("console", "console"),
        ("mailbox:", "mailbox"),
        ("file:/var/mails", "file:/var/mails"),
        ("file:///var/mails", "file:/var/mails"),
    ],
)
def test_a_mail_url_is_spelled_in_one_way(shop, said, understood):
    assert shop.load({"MAIL_URL": said}).mail_url == understood


def test_a_folder_for_mails_starts_at_the_project(shop):
    assert shop.load({"MAIL_URL": "file:instance/mails"}).mail_url == f"file:{shop.root}/instance/mails"


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org", "http://mail.example.org", "memory", "file:", "smtp://", "smtp://mail.example.org/path",
        "smtp://shop:a@b@mail.example.org", "smtp://shop:pä@mail.example.org", "smtp://shop:p%0a@mail.example.org",
        "smtp://shop:12#34@mail.example.org", "smtp://shop:1/2@mail.example.org", "smtp://shop:1?2@mail.example.org",
        "smtp://sh/op@mail.example.org", "smtp://shop:1 2@mail.example.org", "smtp://mail.example.org:0",
        "smtp://mail.example.org:65536", "smtps://localhost?tls=no", "smtp://mail.example.org?tls=maybe", "smtp://mail.example.org?verify=no",
    ],
)  # fmt: skip
def test_a_mail_url_that_leads_nowhere_or_lets_others_read_is_refused_without_its_password(shop, url):
    (fault,) = shop.faults({"MAIL_URL": url})

    assert fault.startswith("MAIL_URL")
    assert url.partition(":")[2][:8] not in fault or "@" not in url


@pytest.mark.parametrize("host", ["mail.example.org", "127.0.0.1.example.org", "localhost.example.org", "[::2]"])
def test_without_tls_mails_go_to_another_machine_only_where_no_stranger_is(make_settings, deployed, shop, host):
    url = f"smtp://{host}?tls=no"

    assert shop.load({"MAIL_URL": url}).mail_url == url
    with pytest.raises(Exception, match=r"MAIL_URL .*others on the way could read the mails"):
        make_settings(**deployed, mail_url=url)


@pytest.mark.parametrize("host", ["localhost:2525", "127.0.0.1", "[::1]:25"])
def test_deployed_mails_go_without_tls_to_this_very_machine(make_settings, deployed, host):
    url = f"smtp://{host}?tls=no"

    assert make_settings(**deployed, mail_url=url).mail_url == url


def test_deployed_it_is_said_that_mails_wait(shop, good):
    (warning,) = shop.load(good).warnings

    assert "MAIL_URL is not set" in warning
    assert shop.load(good | {"MAIL_URL": "smtp://mail.example.org"}).warnings == ()


@pytest.mark.parametrize("url", ["mailbox", "console"])
def test_deployed_mails_are_not_shown_to_developers_instead(make_settings, deployed, url):
    with pytest.raises(Exception, match=r"MAIL_URL .*nobody would get"):
        make_settings(**deployed, mail_url=url)


@pytest.mark.parametrize(
    ("address", "name", "sender"),
    [
        ("https://shop.example.org", "The Shop", '"The Shop" <no-reply@shop.example.org>'),
        ("http://127.0.0.1:5000", 'The "Shop" <x>', '"The Shop x" <no-reply@localhost>'),
        ("http://[::1]:5000", "Käse", '"Käse" <no-reply@localhost>'),
    ],
)
def test_mails_are_from_the_application_at_its_own_host(shop, address, name, sender):
    assert shop.load({"APP_BASE_URL": address, "APP_NAME": name}).mail_sender == sender


@pytest.mark.parametrize("sender", ["Shop", "a@b@c", "Shop <a@b> <c@d>", "a@b, c@d", "Shop <a@b>x"])
def test_a_sender_that_is_no_address_is_refused(shop, sender):
    (fault,) = shop.faults({"MAIL_SENDER": sender})

    assert "must be one address" in fault
