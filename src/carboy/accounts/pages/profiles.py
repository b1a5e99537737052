"""What users say of themselves. It is the application's to say what, so the views are made for its profile."""

from typing import Annotated, Any

from flask import Blueprint, flash, redirect, render_template, url_for
from pydantic import create_model
from werkzeug.wrappers import Response

from carboy.accounts import changing, finding
from carboy.accounts.api.profiles import Profile
from carboy.accounts.api.users import ChangeMe
from carboy.accounts.authenticators import my_sign_in
from carboy.accounts.flask import accounts
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.places import Form


def add(pages: Blueprint, profile: type[Profile]) -> None:
    """Put the page of the profile on the application."""
    pages.get("/account")(show_profile)
    pages.post("/account")(_change(profile))


def show_profile() -> str:
    """Show the form with what is known."""
    return render_template("accounts/profile.html", user=finding.must_be(accounts(), my_sign_in().user_id))


def _change(profile: type[Profile]) -> Any:
    form_type: Any = create_model("ProfileForm", __base__=(ChangeMe, profile))

    @endpoint(again=show_profile)
    def change_profile(said: Annotated[form_type, Form()]) -> Response:
        """Change what is said."""
        changing.change_profile(accounts(), my_sign_in().user_id, said.given())
        flash("Saved.", "success")
        return redirect(url_for("accounts.show_profile"), 303)

    return change_profile
