"""What can be wrong with an application: each fault is planted into the small shop, and one law must name it."""

from functools import wraps

from flask import Response, make_response, redirect, request, session
from shop_to_break import NOTES, OPEN

from carboy.accounts.authenticators import IN_THE_SESSION
from carboy.accounts.flask import accounts
from carboy.accounts.table import USER_TOKENS, Kind
from carboy.data.flask import db, own_transactions
from carboy.errors import NotFound, Unauthenticated
from carboy.web import csrf, doors, errors, hosts, identity
from carboy.web.endpoints import uploads
from carboy.web.identity import Identity, public

FAULTS = []


def caught_by(law, **said):
    """Plant this fault into the shop; `said` is what its project writes into its laws, beside what it says already."""

    def note(plant):
        FAULTS.append((plant, law, said))
        return plant

    return note


def opened(*names):
    return {"open_doors": OPEN | set(names)}


def answer_before(app, hook, answer):
    """Have something answer before one of the hooks, which it should not."""
    functions = app.before_request_funcs[None]
    place = next(number for number, function in enumerate(functions) if hook in function.__qualname__)
    functions.insert(place, answer)


def around(app, endpoint, change):
    """Change the answers of a view."""
    view = app.view_functions[endpoint]
    app.view_functions[endpoint] = wraps(view)(lambda **parts: change(make_response(view(**parts))))


def with_headers(app, endpoint, **headers):
    def change(response):
        response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        return response

    around(app, endpoint, change)


def without_header(app, name, *, when):
    """Take a header from answers when everything else is done."""
    serve = app.wsgi_app

    def served(environ, start_response):
        def start(status, headers, *rest):
            kept = [pair for pair in headers if pair[0] != name] if when(environ, status) else headers
            return start_response(status, kept, *rest)

        return serve(environ, start)

    app.wsgi_app = served


# --- doors


@caught_by("test_strangers_may_reach_what_is_written_and_nothing_else")
def a_page_is_open_that_nobody_wrote_down(app, monkeypatch):
    app.add_url_rule("/news", "news", public(lambda: "news"))


@caught_by("test_strangers_may_reach_what_is_written_and_nothing_else", **opened("shop.mine"))
def a_page_is_closed_that_is_written_down_as_open(app, monkeypatch):
    pass


@caught_by("test_every_other_door_refuses_strangers")
def something_answers_before_the_door(app, monkeypatch):
    answer_before(app, "_keep_the_door", lambda: "hello" if request.path == "/mine" and not request.cookies else None)


@caught_by("test_every_other_door_refuses_strangers")
def strangers_are_sent_to_a_page_that_asks_nothing(app, monkeypatch):
    app.register_error_handler(
        Unauthenticated, lambda error: redirect("/") if request.path == "/mine" else errors.answer(error)
    )


@caught_by("test_who_lacks_the_role_is_refused")
def something_answers_before_the_role_is_asked_for(app, monkeypatch):
    keep = doors._let_in_or_refuse
    monkeypatch.setattr(
        doors,
        "_let_in_or_refuse",
        lambda name: None if name == "shop.office" and identity.current().principal else keep(name),
    )


# --- forged requests


@caught_by("test_other_sites_may_post_where_it_is_written_and_nowhere_else")
def a_page_takes_foreign_posts_and_nobody_wrote_it_down(app, monkeypatch):
    monkeypatch.setattr(app.view_functions["shop.rename"], "carboy_foreign_posts", True, raising=False)


@caught_by("test_other_sites_may_post_where_it_is_written_and_nowhere_else", foreign_posts=("shop.hook", "shop.rename"))
def a_page_takes_no_foreign_posts_and_is_written_down(app, monkeypatch):
    pass


@caught_by("test_no_page_changes_anything_without_a_token")
def any_token_will_do(app, monkeypatch):
    monkeypatch.setattr(csrf, "_is_proven", lambda token, secret: True)


@caught_by("test_no_page_changes_anything_without_a_token")
def no_token_is_asked_for_where_the_browser_says_nothing(app, monkeypatch):
    judge = csrf._refuse_what_was_forged
    monkeypatch.setattr(
        csrf, "_refuse_what_was_forged", lambda ours, by_page: None if ours is None else judge(ours, by_page=by_page)
    )


@caught_by("test_no_page_takes_what_another_site_sent")
def nobody_asks_from_which_site_it_came(app, monkeypatch):
    judge = csrf._refuse_what_was_forged
    monkeypatch.setattr(csrf, "_refuse_what_was_forged", lambda ours, by_page: judge(None, by_page=by_page))


@caught_by("test_no_page_takes_what_another_site_sent")
def a_site_beside_ours_is_taken_for_ours(app, monkeypatch):
    judge = csrf._refuse_what_was_forged

    def trust_neighbours(ours, by_page):
        judge(True if request.headers.get("Sec-Fetch-Site") == "same-site" else ours, by_page=by_page)

    monkeypatch.setattr(csrf, "_refuse_what_was_forged", trust_neighbours)


@caught_by("test_no_api_does_anything_for_a_cookie_alone")
def the_api_takes_the_cookie_of_the_pages(app, monkeypatch):
    from carboy.accounts import known

    def by_cookie(asked):
        if (token := session.get(IN_THE_SESSION)) is None or not asked.path.startswith("/api"):
            return None
        found = known.by_token(accounts(), token, Kind.BROWSER)
        return Identity(found.user_id, frozenset({found.role}), found.session_id, "cookie", ambient=False)

    identity.authenticator(app, by_cookie)


# --- what belongs to somebody


@caught_by("test_of_everything_with_an_id_it_is_said_whose_it_is")
def a_page_with_an_id_that_nobody_thought_about(app, monkeypatch):
    app.add_url_rule("/orders/<int:number>", "orders", lambda number: "an order")


@caught_by("test_what_belongs_to_somebody_else_is_not_there")
def a_page_shows_what_belongs_to_another(app, monkeypatch):
    app.view_functions["shop.note"] = lambda note_id: "a note" if note_id in NOTES else ("none", 404)


@caught_by("test_what_belongs_to_somebody_else_is_not_there")
def the_api_tells_that_something_of_another_exists(app, monkeypatch):
    show = app.view_functions["api_v1.shop.show_note"]

    def told(note_id):
        if NOTES.get(note_id, identity.current().user_id) != identity.current().user_id:
            return {}, 403
        return show(note_id=note_id)

    app.view_functions["api_v1.shop.show_note"] = wraps(show)(told)


@caught_by("test_what_belongs_to_somebody_is_there_for_them")
def the_project_makes_what_is_not_there(app, monkeypatch):
    app.view_functions["shop.note"] = lambda note_id: ("none", 404)


# --- mailed links


@caught_by("test_looking_at_a_mailed_link_uses_nothing_up")
def a_link_is_used_up_by_looking_at_it(app, monkeypatch):
    look = app.view_functions["shop.mailed_link"]

    def use(token):
        shown = look(token=token)
        with db().transaction() as other:
            other.execute(USER_TOKENS.delete())
        return shown

    app.view_functions["shop.mailed_link"] = own_transactions(wraps(look)(use))


@caught_by("test_looking_at_a_mailed_link_uses_nothing_up")
def a_link_is_used_up_by_a_scanner_that_asks_for_the_head_alone(app, monkeypatch):
    look = app.view_functions["shop.mailed_link"]

    def use(token):
        shown = look(token=token)
        if request.method == "HEAD":
            with db().transaction() as other:
                other.execute(USER_TOKENS.delete())
        return shown

    app.view_functions["shop.mailed_link"] = own_transactions(wraps(look)(use))


@caught_by("test_a_page_that_a_mail_leads_to_leaks_its_token_to_nobody")
def where_a_link_was_followed_to_is_told_to_the_next_page(app, monkeypatch):
    with_headers(app, "shop.mailed_link", Referrer_Policy="strict-origin-when-cross-origin")


@caught_by("test_a_page_that_a_mail_leads_to_leaks_its_token_to_nobody")
def the_page_behind_a_link_is_kept(app, monkeypatch):
    with_headers(app, "shop.mailed_link", Cache_Control="max-age=60")


# --- redirects


@caught_by("test_no_page_sends_its_visitor_to_another_site", **opened("go"))
def a_page_leads_wherever_its_address_says(app, monkeypatch):
    app.add_url_rule("/go", "go", public(lambda: redirect(request.args.get("url", "/"))))


@caught_by("test_no_page_sends_its_visitor_to_another_site", **opened("go"))
def a_page_takes_what_begins_with_a_slash_for_ours(app, monkeypatch):
    def go():
        wanted = request.args.get("next", "/")
        return Response(status=303, headers={"Location": wanted if wanted.isprintable() and wanted[:1] == "/" else "/"})

    app.add_url_rule("/go", "go", public(go))


@caught_by("test_no_form_sends_its_visitor_to_another_site")
def a_form_leads_wherever_its_fields_say(app, monkeypatch):
    app.view_functions["shop.rename"] = lambda: redirect(request.form.get("return_to", "/"), 303)


@caught_by("test_who_proves_who_they_are_is_sent_to_no_other_site")
def signing_in_leads_wherever_its_field_says(app, monkeypatch):
    monkeypatch.setattr("shop_to_break.safe_next", lambda wanted: wanted or "/")


# --- who has an account


@caught_by("test_a_wrong_password_and_an_unknown_address_read_the_same")
def an_unknown_address_is_told(app, monkeypatch):
    log_in = app.view_functions["shop.log_in"]

    def telling():
        if request.form.get("email", "").startswith("never"):
            raise NotFound("Nobody here has this address.")
        return log_in()

    app.view_functions["shop.log_in"] = wraps(log_in)(telling)


@caught_by("test_a_wrong_password_and_an_unknown_address_read_the_same", log_ins={"/log-in": {"mail": "{email}"}})
def a_project_says_the_wrong_fields_of_its_log_in(app, monkeypatch):
    pass


@caught_by("test_asking_for_a_mail_tells_nobody_who_has_an_account")
def the_page_after_the_form_tells_it(app, monkeypatch):
    forgot = app.view_functions["shop.forgot"]

    def telling():
        if request.form.get("email", "").startswith("never"):
            session["said"] = "Nobody here has this address."
        return forgot()

    app.view_functions["shop.forgot"] = wraps(forgot)(telling)


@caught_by("test_asking_for_a_mail_tells_nobody_who_has_an_account")
def a_header_tells_it(app, monkeypatch):
    forgot = app.view_functions["shop.forgot"]

    def telling():
        response = forgot()
        response.headers["X-Cost"] = "1" if request.form.get("email", "").startswith("known") else "0"
        return response

    app.view_functions["shop.forgot"] = wraps(forgot)(telling)


# --- headers and caches


@caught_by("test_every_kind_of_answer_carries_the_headers_that_protect")
def an_error_may_be_taken_for_anything(app, monkeypatch):
    without_header(app, "X-Content-Type-Options", when=lambda environ, status: status.startswith("500"))


@caught_by("test_every_kind_of_answer_carries_the_headers_that_protect")
def what_is_not_there_tells_the_next_site_everything(app, monkeypatch):
    without_header(app, "Referrer-Policy", when=lambda environ, status: environ["PATH_INFO"] == "/nothing-is-here")


@caught_by("test_what_a_signed_in_user_sees_carries_the_headers_that_protect")
def a_page_for_users_may_be_framed(app, monkeypatch):
    with_headers(app, "shop.mine", Content_Security_Policy="default-src 'self'; frame-ancestors *")


@caught_by("test_what_a_signed_in_user_sees_carries_the_headers_that_protect")
def a_page_for_users_runs_any_script(app, monkeypatch):
    policy = "script-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
    with_headers(app, "shop.mine", Content_Security_Policy=policy)


@caught_by("test_what_a_signed_in_user_sees_is_kept_by_no_cache")
def a_cache_keeps_a_page_for_everybody(app, monkeypatch):
    with_headers(app, "shop.mine", Cache_Control="public, max-age=60")


@caught_by("test_what_gives_a_cookie_is_kept_by_no_cache", **opened("taste"))
def a_cache_keeps_a_cookie(app, monkeypatch):
    def taste():
        response = make_response("sweet")
        response.set_cookie("__Host-taste", "sweet", httponly=True, secure=True, samesite="Lax", path="/")
        return response

    app.add_url_rule("/taste", "taste", public(taste))
    without_header(
        app,
        "Cache-Control",
        when=lambda environ, status: environ["PATH_INFO"] == "/taste" and "HTTP_COOKIE" not in environ,
    )


@caught_by("test_caches_are_told_where_a_cookie_matters")
def a_cache_is_not_told_that_a_page_differs(app, monkeypatch):
    with_headers(app, "shop.mine", Cache_Control="private, no-cache", ETag='"1"')
    without_header(app, "Vary", when=lambda environ, status: environ["PATH_INFO"] == "/mine")


@caught_by("test_no_error_tells_what_only_the_log_may_say")
def an_error_is_shown_to_visitors(app, monkeypatch):
    app.register_error_handler(RuntimeError, lambda error: (str(error), 500))


# --- cookies


def plant_cookie(app, name="__Host-taste", **wanted):
    options = {"httponly": True, "secure": True, "samesite": "Lax", "path": "/"} | wanted

    def give(response):
        response.set_cookie(name, "sweet", **options)
        response.headers["Cache-Control"] = "no-store"
        return response

    around(app, "shop.index", give)


@caught_by("test_no_cookie_is_for_scripts_for_other_sites_or_for_neighbours")
def a_script_reads_a_cookie(app, monkeypatch):
    plant_cookie(app, httponly=False)


@caught_by("test_no_cookie_is_for_scripts_for_other_sites_or_for_neighbours")
def another_site_has_a_cookie_sent(app, monkeypatch):
    plant_cookie(app, samesite="None")


@caught_by("test_no_cookie_is_for_scripts_for_other_sites_or_for_neighbours")
def the_cookie_of_those_who_sign_in_is_for_all_neighbours(app, monkeypatch):
    app.config["SESSION_COOKIE_DOMAIN"] = "localhost"


@caught_by("test_in_production_every_cookie_is_secure_and_bound_to_its_host")
def a_neighbour_may_set_a_cookie(app, monkeypatch):
    plant_cookie(app, "taste")


@caught_by("test_in_production_every_cookie_is_secure_and_bound_to_its_host")
def the_session_is_sent_in_the_clear(app, monkeypatch):
    app.config["SESSION_COOKIE_SECURE"] = False


# --- hosts


@caught_by("test_a_host_that_is_not_ours_is_refused_everywhere")
def something_answers_whatever_the_host_is(app, monkeypatch):
    def early():
        if request.path == "/look-into-your-mailbox" and "evil" in request.environ["HTTP_HOST"]:
            return "Look into your mailbox."
        return None

    app.before_request_funcs[None].insert(0, early)


@caught_by("test_no_spelling_of_a_host_gets_past")
def a_host_that_begins_like_ours_is_taken_for_ours(app, monkeypatch):
    monkeypatch.setattr(hosts, "_is_named", lambda name, trusted: name.startswith(trusted))


# --- what nobody foresaw


@caught_by("test_nothing_in_an_address_is_an_error", **opened("pile"))
def a_query_is_taken_for_a_number(app, monkeypatch):
    app.add_url_rule("/pile", "pile", public(lambda: str(int(request.args.get("page", "1")))))


@caught_by("test_nothing_in_an_address_is_an_error", shared=("pile",))
def a_part_of_the_path_is_taken_for_a_number(app, monkeypatch):
    app.add_url_rule("/pile/<page>", "pile", lambda page: str(int(page, 36)))


@caught_by("test_no_body_is_an_error")
def a_body_is_taken_for_an_object(app, monkeypatch):
    app.view_functions["api_v1.shop.create_note"] = lambda: {"kept": bool(request.get_json().get("text"))}


@caught_by("test_no_form_is_an_error")
def a_field_is_taken_for_a_number(app, monkeypatch):
    app.view_functions["shop.rename"] = lambda: str(int(request.form.get("page", 1)))


@caught_by("test_looking_changes_nothing")
def looking_at_a_page_forgets_links(app, monkeypatch):
    look = app.view_functions["shop.mine"]

    def forgetful():
        with db().transaction() as other:
            other.execute(USER_TOKENS.delete())
        return look()

    app.view_functions["shop.mine"] = own_transactions(wraps(look)(forgetful))


# --- uploads


@caught_by("test_a_file_that_is_not_what_it_says_is_refused")
def nobody_looks_into_a_file(app, monkeypatch):
    monkeypatch.setattr(uploads, "_is_what_it_says", lambda file: True)


@caught_by("test_a_file_that_is_not_what_it_says_is_refused")
def nobody_looks_at_the_name_of_a_file(app, monkeypatch):
    kinds = {**uploads.KINDS, "image/png": uploads.Kind((".png", ".html", ".svg"), uploads.KINDS["image/png"].begins)}
    monkeypatch.setattr(uploads, "KINDS", kinds)
