"""Somebody at a browser, who does what people do."""

import re

from playwright.sync_api import expect


class Person:
    """Somebody at a browser, who finds fields by their labels, and buttons by what they say."""

    def __init__(self, page, site):
        self.page, self.site = page, site

    def go(self, path):
        self.page.goto(path)

    def type(self, label, text):
        self.page.get_by_label(label).fill(text)

    def press(self, name):
        self.page.get_by_role("main").get_by_role("button", name=name).click()

    def follow(self, name):
        self.page.get_by_role("link", name=name, exact=True).click()

    def open_mail_to(self, address):
        """Follow the link in the last mail to this address."""
        link = re.search(re.escape(self.site.address) + r"\S+", self.site.mail_to(address).text)[0]
        self.page.goto(link)

    def log_in(self, who, password):
        self.go("/login")
        self.type("E-mail address or user name", who)
        self.type("Password", password)
        self.press("Log in")

    def is_at(self, path):
        expect(self.page).to_have_url(self.site.address + path)
        return True

    def is_in(self):
        self.go("/account")
        return self.page.url == f"{self.site.address}/account"

    def sees(self, text):
        expect(self.page.get_by_text(text)).to_be_visible()
        return True
