"""The starter's accounts, asked over HTTP as anybody may ask them."""

from sign_in_fixtures import PASSWORD, Api, api, link, make_user, room, sign_in

__all__ = ["PASSWORD", "Api", "api", "link", "make_user", "room", "sign_in"]
