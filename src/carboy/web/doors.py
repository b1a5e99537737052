"""Every door is closed, unless its view says otherwise. It holds for every route, whoever registered it.

@public            anybody
(nothing)          whoever is known
@requires_role     whoever is known and has one of the roles
@sudo              people who typed their password a moment ago

The order at a door: who is it? too many wrong credentials from that address? too often? may they come in?
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, request

from carboy import settings as settings_room
from carboy.context import utc_now
from carboy.errors import ReauthenticationRequired, Refused, SetupError, Unauthenticated
from carboy.settings.nearest import did_you_mean
from carboy.web import identity, throttle


class _Demands(NamedTuple):
    """What a view asks of those who are known."""

    roles: tuple[str, ...] = ()
    proof: bool = False


@dataclass(slots=True)
class _Doors:
    """The doors of one application that are not as their view says."""

    opened: set[str] = field(default_factory=set)
    demands: dict[str, _Demands] = field(default_factory=dict)


def init_app(app: Flask) -> None:
    """Close every door of this application. Views open their own with `@public`."""
    app.extensions["carboy.doors"] = _Doors()
    app.before_request(_keep_the_door)
    app.after_request(_keep_to_whom_it_may_concern)
    _bolt(app)
    _remember_demands(app)
    if app.has_static_folder:
        open_door(app, "static")


def open_door(app: Flask, *endpoints: str) -> None:
    """Open doors to views of somebody else, an extension's for instance, by the names of their endpoints."""
    for endpoint in endpoints:
        if endpoint not in app.view_functions:
            raise SetupError(
                f"There is no endpoint {endpoint!r} to open.{did_you_mean(endpoint, app.view_functions)}"
                " Call open_door after its route is registered."
            )
    _of(app).opened.update(endpoints)


def open_doors(app: Flask) -> set[str]:
    """Return the endpoints that anybody may reach. A test compares it with the list that somebody agreed to."""
    return {rule.endpoint for rule in app.url_map.iter_rules() if _is_open(app, rule.endpoint)}


def _of(app: Flask) -> _Doors:
    try:
        doors: _Doors = app.extensions["carboy.doors"]
    except KeyError:
        raise SetupError(f"App {app.name!r} has no doors. Call carboy.web.doors.init_app(app) first.") from None
    return doors


def _is_open(app: Flask, endpoint: str) -> bool:
    # Exactly True: an object that has every attribute opens nothing.
    says_so = getattr(app.view_functions.get(endpoint), "carboy_public", None) is True
    return (says_so or endpoint in _of(app).opened) and not any(_demands_at(app, endpoint))


_NOTES = ("carboy_public", "carboy_roles", "carboy_sudo")


def _demands_at(app: Flask, endpoint: str) -> _Demands:
    view = app.view_functions.get(endpoint)
    if any(hasattr(view, note) for note in _NOTES):
        return _demands_of(view)
    return _of(app).demands.get(endpoint, _Demands())


def _demands_of(view: object) -> _Demands:
    return _Demands(tuple(getattr(view, "carboy_roles", ())), bool(getattr(view, "carboy_sudo", False)))


def _remember_demands(app: Flask) -> None:
    """Keep what is asked by views that are replaced later by something that carries no notes."""
    register, demands = app.add_url_rule, _of(app).demands

    def add_url_rule(rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any) -> None:
        register(rule, endpoint, view_func, *args, **options)
        if any(asked := _demands_of(view_func)):
            demands[endpoint or view_func.__name__] = asked

    demands.update({name: asked for name, view in app.view_functions.items() if any(asked := _demands_of(view))})
    setattr(app, "add_url_rule", add_url_rule)  # noqa: B010  (no other seam sees every route)


_PASSED = "carboy.passed"


def _bolt(app: Flask) -> None:
    """Let no view run that the hook has not let through: hooks are a list, and a list can be lost."""
    dispatch = app.dispatch_request

    def dispatch_behind_the_door(*context: Any) -> Any:
        if request.environ.get(_PASSED) is not request.url_rule:
            _keep_the_door()
        return dispatch(*context)

    setattr(app, "dispatch_request", dispatch_behind_the_door)  # noqa: B010  (nothing is between it and the view)


def _keep_the_door() -> None:
    if request.url_rule is None:
        throttle.count_request()  # nothing is here, and asking for it often is often all the same
    elif not _flask_answers_by_itself():
        _recognise()
        throttle.count_request()
        _let_in_or_refuse(request.url_rule.endpoint)
    request.environ[_PASSED] = request.url_rule


def _flask_answers_by_itself() -> bool:
    """Whether this asks what else may be asked. A browser does before it sends a credential."""
    return request.method == "OPTIONS" and getattr(request.url_rule, "provide_automatic_options", False) is True


def _recognise() -> None:
    """Find out who asks. Where too many wrong credentials came from, the right one is not told from them."""
    try:
        identity.recognise()
    except Unauthenticated as error:
        (throttle.count_failure if error.is_guess else throttle.count_request)()
        error.challenge = error.challenge or identity.challenges()
        raise
    if identity.current().principal:
        throttle.turn_away_guessers()


def _keep_to_whom_it_may_concern(response: Response) -> Response:
    """Let nobody between us and whoever asked keep the answer: caches know of cookies and keys by this alone."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "carboy_credentials", False):
        response.headers["Cache-Control"] = "no-store"
    elif identity.current().principal and "Cache-Control" not in response.headers:
        # With a version, whoever asked may keep it and ask whether it still holds; else it is not kept at all.
        response.headers["Cache-Control"] = "private, no-cache" if "ETag" in response.headers else "no-store"
    elif identity.current().principal and not (response.cache_control.public or response.cache_control.no_store):
        response.cache_control.private = True
    return response


def let_in_to(view: object) -> None:
    """Refuse whoever may not come in to this view, which is about to be called by another one."""
    if not identity.is_public(view):
        _judge(_demands_of(view))


def _let_in_or_refuse(endpoint: str) -> None:
    if not _is_open(current_app, endpoint):
        _judge(_demands_at(current_app, endpoint))


def _judge(demands: _Demands) -> None:
    who = identity.current()
    if not who.principal:
        raise Unauthenticated("This is not for strangers.", challenge=identity.challenges())
    if demands.roles and who.roles.isdisjoint(demands.roles):
        raise Refused("Your role does not allow it.")
    if demands.proof:
        _ask_for_proof()


def _ask_for_proof() -> None:
    seconds, proven_at = settings_room.adopt(current_app).sudo_max_age, identity.known_user().proven_at
    if proven_at is None or proven_at < utc_now() - timedelta(seconds=seconds):
        raise ReauthenticationRequired(
            "Type your password once more: the last time is too long ago.",
            challenge=f'Bearer error="insufficient_user_authentication", max_age="{seconds}"',  # RFC 9470
        )
