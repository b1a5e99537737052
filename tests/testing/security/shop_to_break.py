"""A small application that keeps every law of security. Each test breaks one thing of it."""

from typing import Annotated
from uuid import UUID, uuid4

from flask import Blueprint, abort, redirect, render_template_string, request, session

from carboy import accounts
from carboy.accounts import browser, changing, mailed, registering, signing_in
from carboy.accounts.finding import Login
from carboy.accounts.flask import accounts as room
from carboy.accounts.flask import caller
from carboy.accounts.table import Kind, Purpose
from carboy.data.flask import own_transactions
from carboy.testing.security import SecurityLaws
from carboy.testing.security.usual import link_to_confirm
from carboy.web import File, Upload, endpoint, identity
from carboy.web.csrf import accepts_foreign_posts
from carboy.web.identity import public, requires_role
from carboy.web.redirects import safe_next
from starter.accounts.models import User

NOTES = {}  # whose each is; what stands in them is nobody's business here


def create_app(settings):
    from carboy.app import create_app as build

    return build(__name__, settings, features=(__name__,))


def register(app, api):
    accounts.init_app(app, User)
    app.register_blueprint(pages, name="shop")
    api.register_blueprint(notes, name="shop")


pages, notes = Blueprint("pages", __name__), Blueprint("notes", __name__)


@pages.get("/")
@public
def index():
    return render_template_string("Welcome. {{ csrf_field() }}")


@pages.get("/log-in")
@public
def show_log_in():
    return render_template_string("Who are you? {{ csrf_field() }}")


@pages.post("/log-in")
@public
@own_transactions
def log_in():
    login = Login(email=request.form.get("email", ""))
    password = request.form.get("password", "")
    browser.keep(signing_in.log_in(room(), login, password, kind=Kind.BROWSER, caller=caller()))
    return redirect(safe_next(request.form.get("next")), 303)


@pages.post("/log-out")
@own_transactions
def log_out():
    browser.let_go()
    return redirect("/", 303)


@pages.post("/forgot")
@public
def forgot():
    changing.forgot_password(room(), request.form.get("email", ""), caller=caller())
    return redirect("/look-into-your-mailbox", 303)


@pages.get("/look-into-your-mailbox")
@public
def look_into_your_mailbox():
    return f"Look into your mailbox. {session.pop('said', '')}"


@pages.get("/mailed/<token>")
@public
def mailed_link(token):
    mailed.look_at(room(), token, Purpose.CONFIRM_EMAIL)
    return "Press the button.", {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


@pages.post("/confirm")
@public
def confirm():
    registering.confirm(room(), request.form.get("token", ""), caller=caller())
    return redirect("/", 303)


@pages.get("/mine")
def mine():
    return f"You are {identity.current().user_id}."


@pages.post("/rename")
def rename():
    return redirect("/mine", 303)


@pages.get("/office")
@requires_role("admin")
def office():
    return "Who pays?"


@pages.post("/hook")
@public
@accepts_foreign_posts
def hook():
    return "thanks"


@pages.get("/notes/<uuid:note_id>")
def note(note_id):
    if NOTES.get(note_id) != identity.current().user_id:
        abort(404)
    return "Your note."


@notes.get("/notes/<uuid:note_id>")
@endpoint
def show_note(note_id: UUID) -> dict[str, str]:
    if NOTES.get(note_id) != identity.current().user_id:
        abort(404)
    return {"note": "yours"}


@notes.post("/notes")
def create_note():
    return {"kept": request.get_json() == {}}


@notes.post("/pictures")
@endpoint
def take_picture(picture: Annotated[Upload, File(types=("image/png",), max_bytes=1000)]) -> dict[str, str]:
    return {"taken": picture.media_type}


def note_of(owner):
    NOTES.clear()
    NOTES[made := uuid4()] = owner.id
    return made


OPEN = {
    "static",
    "carboy_health",
    "carboy_problem",
    "api_v1.openapi_json",
    "api_v1.docs",
    "api_v1.docs_file",
    "api_v1.jobs.get_job",
    "api_v1.jobs.cancel_job",
    "shop.index",
    "shop.show_log_in",
    "shop.log_in",
    "shop.forgot",
    "shop.look_into_your_mailbox",
    "shop.mailed_link",
    "shop.confirm",
    "shop.hook",
}


def link_of(walk):
    return link_to_confirm(walk)


class LawsOfTheShop(SecurityLaws):
    open_doors = OPEN
    foreign_posts = ("shop.hook",)
    belongs = {"shop.note": note_of, "api_v1.shop.show_note": note_of}  # noqa: RUF012
    mailed_links = {"shop.mailed_link": link_of}  # noqa: RUF012
    log_in_page = "/log-in"
    log_ins = {"/log-in": {"email": "{email}", "password": "{password}"}}  # noqa: RUF012
    asks_for_mail = {"/forgot": {"email": "{email}"}}  # noqa: RUF012
