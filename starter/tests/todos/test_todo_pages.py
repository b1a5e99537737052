"""Todos by pages, without a script."""

import html
import io
import re

import pytest


@pytest.fixture
def browser(ada, in_browser):
    return in_browser(ada.user)


BY_SCRIPT = {"HX-Request-Type": "partial"}
LINE = {"title": "Oat milk", "due_on": "", "priority": "1", "tags": "shop"}


def titles(page):
    return re.findall(r'<h2><a href="/todos/[0-9a-f-]+">([^<]*)</a>', page.text)


def test_a_title_is_enough_to_add_a_todo(browser, ada):
    answer = browser.send("/todos", title="Buy milk", due_on="", priority="3", tags="", assignees="")

    assert (answer.status_code, answer.location) == (303, "/todos")
    page = browser.get("/todos")
    assert titles(page) == ["Buy milk"]
    assert "Added “Buy milk”." in page.text


def test_everything_can_be_said_at_once(browser, ada, grace):
    browser.send("/todos", title="Buy milk", due_on="2026-12-24", priority="1", tags="home, Shop ", assignees="grace")

    (todo,) = ada("GET", "/todos").json["items"]
    assert (todo["due_on"], todo["priority"], todo["tags"]) == ("2026-12-24", 1, ["home", "shop"])
    assert [person["username"] for person in todo["assignees"]] == ["grace"]


def test_what_is_wrong_with_a_todo_stands_beside_its_field_and_nothing_typed_is_lost(browser, ada):
    ada.makes("There before")

    answer = browser.send("/todos", title="Buy milk", assignees="nobody", tags="home")

    assert answer.status_code == 422
    assert 'id="field-assignees-wrong">Nobody is called nobody.' in answer.text
    assert 'value="Buy milk"' in answer.text
    assert 'value="home"' in answer.text
    assert titles(answer) == ["There before"]


def test_a_tick_can_be_undone(browser, ada):
    todo = ada.makes()
    path = f"/todos/{todo['id']}/done"

    answer = browser.send(path, done="true", headers={"Referer": "http://localhost/todos?tag=home"})
    page = browser.get(answer.location)

    assert answer.location == "/todos?tag=home"
    assert f'action="{path}"' in page.text
    assert ada("GET", f"/todos/{todo['id']}").json["done"] is True
    browser.send(path, done="false")
    assert ada("GET", f"/todos/{todo['id']}").json["done"] is False


def test_a_script_that_ticks_is_given_the_item_alone(browser, ada):
    todo = ada.makes()

    answer = browser.send(f"/todos/{todo['id']}/done", done="true", headers=BY_SCRIPT)

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<li class="item done"')
    assert 'id="notices" role="status" hx-swap-oob="innerHTML"' in answer.text
    assert "<html" not in answer.text


def test_a_todo_is_changed_in_its_line(browser, ada):
    todo = ada.makes(notes="Two litres", due_on="2026-12-24", tags=["home"])
    path = f"/todos/{todo['id']}/line"

    form = browser.get(f"{path}/edit", headers=BY_SCRIPT)
    saved = browser.send(path, **LINE, version="1", headers=BY_SCRIPT)

    assert 'value="Milk"' in form.text
    assert "hx-morph-skip" in form.text
    assert 'data-version="2"' in saved.text
    changed = ada("GET", f"/todos/{todo['id']}").json
    assert (changed["title"], changed["due_on"], changed["priority"], changed["tags"]) == (
        "Oat milk",
        None,
        1,
        ["shop"],
    )
    assert changed["notes"] == "Two litres"


def test_what_is_wrong_in_a_line_is_told_in_it(browser, ada, grace):
    todo = ada.makes(assignees=["grace"])
    path = f"/todos/{todo['id']}/line"

    refused = browser.send(path, **(LINE | {"title": ""}), version="1", headers=BY_SCRIPT)
    grace("PATCH", f"/todos/{todo['id']}", {"title": "Soy milk"})
    outrun = browser.send(path, **LINE, version="1", headers=BY_SCRIPT)

    assert (refused.status_code, outrun.status_code) == (422, 409)
    assert f'id="field-{todo["id"]}-title-wrong"' in refused.text
    assert "Somebody changed this todo while you did" in outrun.text
    assert 'value="Oat milk"' in outrun.text
    assert "Stored now: Soy milk" in outrun.text


@pytest.fixture
def form_of(browser):
    """What the page of a todo would send, if nobody typed anything."""

    def read(path):
        page = browser.get(path).text
        values = dict(re.findall(r'name="(version|seen|title|due_on|tags)" (?:type="\w+" )?value="([^"]*)"', page))
        notes = re.search(r'name="notes"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)[1]
        priority = re.search(r'value="(\d)" selected', page)[1]
        return {name: html.unescape(text) for name, text in values.items()} | {"notes": notes, "priority": priority}

    return read


def test_two_who_change_different_fields_at_once_are_both_kept(browser, ada, grace, form_of):
    path = f"/todos/{ada.makes(assignees=['grace'], notes='Two litres', tags=['home'])['id']}"
    form = form_of(path)
    grace("PATCH", path, {"notes": "Three litres", "due_on": "2026-12-24"})

    saved = browser.send(path, **form | {"title": "Oat milk"})

    assert saved.status_code == 303
    todo = ada("GET", path).json
    assert [todo[name] for name in ("title", "notes", "due_on")] == ["Oat milk", "Three litres", "2026-12-24"]


def test_whoever_saves_once_more_after_a_conflict_keeps_theirs_and_takes_nothing_else_back(
    browser, ada, grace, form_of
):
    path = f"/todos/{ada.makes(assignees=['grace'], notes='Two litres')['id']}"
    form = form_of(path) | {"title": "Oat milk"}
    grace("PATCH", path, {"title": "Soy milk", "notes": "Three litres"})

    lost = browser.send(path, **form)
    again = dict(re.findall(r'name="(version|seen)" value="([^"]*)"', lost.text))
    shown = re.search(r'name="notes"[^>]*>\n(.*?)</textarea>', lost.text, re.DOTALL)[1]
    browser.send(path, **form | {"notes": shown} | {name: html.unescape(text) for name, text in again.items()})

    assert lost.status_code == 409
    assert "Stored now: Soy milk" in lost.text
    assert (ada("GET", path).json["title"], ada("GET", path).json["notes"]) == ("Oat milk", "Three litres")


def test_a_file_that_one_hangs_on_it_oneself_is_no_conflict(browser, ada, form_of):
    path = f"/todos/{ada.makes()['id']}"
    form = form_of(path)
    browser.send(f"{path}/attachments", file=(io.BytesIO(b"Two litres"), "list.txt", "text/plain"))

    assert browser.send(path, **form | {"notes": "Half a sentence"}).status_code == 303


@pytest.mark.parametrize("seen", ["{", "[]", "7", '{"title": 7}', '{"title": null}', "\ud800", "{}"])
def test_whatever_is_said_to_have_been_seen_is_no_fault_of_ours(browser, ada, seen):
    todo = ada.makes()
    sent = {"title": "Oat milk", "notes": "", "due_on": "", "priority": "3", "tags": "", "version": "1"}

    answer = browser.send(f"/todos/{todo['id']}", **sent, seen=seen.encode("utf-8", "surrogatepass"))

    assert answer.status_code in (303, 409, 422)


def test_whoever_left_while_others_were_picked_is_not_called_back(browser, ada, grace, asker):
    asker("mary")
    path = f"/todos/{ada.makes(assignees=['grace'])['id']}"
    grace("DELETE", f"{path}/assignees/me")

    browser.send(f"{path}/assignees", assignees=["", "grace"], were=["grace"], others="mary")

    assert [one["username"] for one in ada("GET", path).json["assignees"]] == ["mary"]


@pytest.mark.parametrize("way", ["line", "line/edit"])
def test_whoever_is_no_script_is_shown_the_page_of_a_todo_and_not_its_line(browser, ada, way):
    path = f"/todos/{ada.makes()['id']}"

    assert browser.get(f"{path}/{way}").location == path


def test_who_is_to_do_it_is_picked_from_those_with_whom_one_shares_todos(browser, ada, grace, asker):
    asker("joan")
    asker("mary")
    ada.makes("Other", assignees=["grace", "joan"])
    path = f"/todos/{ada.makes(assignees=['joan'])['id']}"

    page = browser.get(path).text
    boxes = re.findall(r'name="assignees" value="(\w+)"( checked)?', page)
    refused = browser.send(f"{path}/assignees", assignees=["", "grace"], others="nobody")
    browser.send(f"{path}/assignees", assignees=["", "grace"], were=["joan"], others="mary")

    assert boxes == [("joan", " checked"), ("grace", "")]
    assert re.findall(r'name="assignees" value="(\w+)"( checked)?', refused.text) == [
        ("joan", ""),
        ("grace", " checked"),
    ]
    assert 'value="nobody"' in refused.text
    assert [one["username"] for one in ada("GET", path).json["assignees"]] == ["grace", "mary"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Milk"]),
        ("?state=all", ["Sleep", "Milk"]),
        ("?state=done", ["Sleep"]),
        ("?q=MIL&tag=", ["Milk"]),
        ("?q=x", []),
        ("?q=&scope=all&priority=&due_before=&assignee=&sort=-created_at", ["Milk"]),
        ("?priority=1", []),
    ],
)
def test_the_list_is_found_by_its_form(browser, ada, query, found):
    ada.makes("Milk", tags=["home"])
    done = ada.makes("Sleep")
    ada("PATCH", f"/todos/{done['id']}", {"done": True})

    assert titles(browser.get(f"/todos{query}")) == found


def test_a_long_list_has_pages_that_keep_the_search(browser, ada):
    for number in range(21):
        ada.makes(f"Milk {number}", tags=["home"])

    first = browser.get("/todos?tag=home")
    onwards = re.search(r'href="([^"]+)" rel="next"', first.text)[1].replace("&amp;", "&")
    second = browser.get(onwards)

    assert len(titles(first)) == 20
    assert titles(second) == ["Milk 0"]
    assert "tag=home" in onwards


def test_a_change_of_a_version_that_is_gone_is_explained_and_nothing_typed_is_lost(browser, ada, grace):
    todo = ada.makes(assignees=["grace"])
    path = f"/todos/{todo['id']}"
    grace("PATCH", path, {"title": "Oat milk"})
    typed = {"title": "Milk and bread", "notes": "Two litres", "due_on": "", "priority": "3", "tags": ""}

    lost = browser.send(path, **typed, version=str(todo["version"]))
    shown = re.search(r'name="version" value="(\d+)"', lost.text)[1]

    assert lost.status_code == 409
    assert "Somebody changed this todo while you did" in lost.text
    assert 'value="Milk and bread"' in lost.text
    assert "Two litres</textarea>" in lost.text
    assert "Stored now: Oat milk" in lost.text
    assert browser.send(path, **typed, version=shown).status_code == 303
    assert ada("GET", path).json["title"] == "Milk and bread"


def test_a_deleted_todo_can_be_brought_back(browser, ada):
    todo = ada.makes()

    gone = browser.send(f"/todos/{todo['id']}/delete")
    page = browser.get(gone.location)
    back = browser.send(f"/todos/{todo['id']}/restore")

    assert f'action="/todos/{todo["id"]}/restore"' in page.text
    assert titles(page) == []
    assert back.location == f"/todos/{todo['id']}"
    assert titles(browser.get("/todos")) == ["Milk"]


def test_only_the_owner_is_offered_to_delete_and_to_say_who_is_to_do_it(ada, grace, in_browser):
    todo = ada.makes(assignees=["grace"])

    mine, theirs = (in_browser(who.user).get(f"/todos/{todo['id']}").text for who in (ada, grace))

    assert ("/delete" in mine, "/assignees" in mine) == (True, True)
    assert ("/delete" in theirs, "/assignees" in theirs) == (False, False)
    assert "It belongs to Ada Lovelace" in theirs


def test_a_file_is_hung_on_a_todo_seen_and_taken_off(browser, ada):
    path = f"/todos/{ada.makes()['id']}"

    answer = browser.send(f"{path}/attachments", file=(io.BytesIO(b"Two litres"), "list.txt", "text/plain"))
    page = browser.get(answer.location)
    url = re.search(rf'href="({path}/attachments/[0-9a-f-]+)"', page.text)[1]

    assert "list.txt hangs on it." in page.text
    assert browser.get(url).data == b"Two litres"
    browser.send(f"{url}/delete")
    assert browser.get(url).status_code == 404


def test_a_file_that_is_not_taken_is_told_beside_its_field(browser, ada):
    path = f"/todos/{ada.makes()['id']}"

    answer = browser.send(f"{path}/attachments", file=(io.BytesIO(b"<svg>"), "p.png", "image/png"))

    assert answer.status_code == 422
    assert 'id="field-file-wrong"' in answer.text


def test_everything_due_is_ticked_at_once(browser, ada):
    ada.makes("Milk", due_on="2026-12-01")

    browser.send("/todos/complete", due_before="2026-12-24")

    assert titles(browser.get("/todos")) == []


def test_an_export_is_watched_and_fetched(browser, ada, jobs):
    ada.makes("Milk")

    answer = browser.send("/todos/exports", format="json")
    waiting = browser.get(answer.location)
    jobs.drain()
    ready = browser.get(answer.location)
    url = re.search(r'href="(/todos/exports/files/[0-9a-f-]+)"', ready.text)[1]

    assert "It waits its turn." in waiting.text
    assert "Milk" in browser.get(url).text


@pytest.mark.parametrize(("sent", "wanted"), [(["false", "true"], True), (["false"], False)])
def test_on_the_profile_one_says_whether_a_mail_comes_each_morning(browser, ada, sent, wanted):
    answer = browser.send("/todos/digest", wanted=sent)

    assert (answer.status_code, answer.location) == (303, "/account")
    assert ada("GET", "/todos/digest").json == {"wanted": wanted}
    box = re.search(r'<input id="field-todos-wanted"[^>]*>', browser.get("/account").text)[0]
    assert box.endswith(" checked>") is wanted


@pytest.mark.parametrize("rest", ["", "/attachments/01890000-0000-7000-8000-000000000000"])
def test_to_others_a_todo_is_not_there(eve, ada, in_browser, rest):
    assert in_browser(eve.user).get(f"/todos/{ada.makes()['id']}{rest}").status_code == 404


def test_s63_what_somebody_types_into_a_todo_is_text_and_no_markup(browser, ada):
    """S63: in the list, on its page and in notices."""
    script = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    browser.send("/todos", title=script, tags=script[:30], priority="3")
    (todo,) = ada("GET", "/todos").json["items"]
    browser.send(f"/todos/{todo['id']}", title=script, notes=script, version=str(todo["version"]), priority="3")

    pages = [browser.get("/todos"), browser.get(f"/todos/{todo['id']}"), browser.get("/todos?q=%3Cscript%3E")]

    assert not any("<script>alert" in page.text or "<img src=x" in page.text for page in pages)
