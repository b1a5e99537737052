"""Two people at one list: each sees what the other does, and nobody loses what they type."""

import re

import pytest
from person import Person
from playwright.sync_api import expect

from carboy.accounts import ending
from carboy.accounts.room import HERE
from carboy.accounts.table import SESSIONS


@pytest.fixture
def add(client, users):
    """Add a todo of somebody over the API, and give the path of its page."""

    def send(owner, title="Buy milk", **said):
        answer = client.post("/api/v1/todos", json={"title": title, **said}, headers=users.headers(owner))
        return f"/todos/{answer.json['id']}"

    return send


@pytest.fixture
def at_list(somebody):
    """Somebody who looks at the list, and has heard that nothing was missed."""

    def open_list(user, path="/todos", **browser):
        person = somebody(by=user, **browser)
        person.go(path)
        listens(person)
        return person

    return open_list


def listens(person):
    """Wait until this page hears what happens: it asks for itself once, as something may have happened meanwhile."""
    with person.page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
        pass


def todos(person):
    return person.page.locator("main h2 a")


@pytest.mark.long
def test_owner_and_assignee_see_each_others_changes_without_asking(at_list, add, ada, grace):
    here, there = at_list(ada), at_list(grace)

    here.page.get_by_text("More", exact=True).click()
    here.type("What is to be done?", "Buy milk")
    here.type("Who is to do it", "grace")
    here.press("Add")
    expect(todos(there)).to_have_text("Buy milk")

    there.follow("Edit Buy milk")
    there.type("Title", "Buy oat milk")
    there.press("Save")
    expect(todos(here)).to_have_text("Buy oat milk")

    there.press("Done: Buy oat milk")
    expect(todos(here)).to_have_count(0)


@pytest.mark.long
def test_two_pages_of_one_user_are_the_same(at_list, add, ada):
    path = add(ada)
    here, there = at_list(ada), at_list(ada, path)

    there.type("Title", "Buy oat milk")
    there.press("Save")
    expect(todos(here)).to_have_text("Buy oat milk")

    here.press("Done: Buy oat milk")
    expect(there.page.get_by_role("button", name="Open it again")).to_be_visible()


@pytest.mark.long
def test_what_is_ticked_here_stays_in_sight_to_be_unticked(at_list, add, ada):
    add(ada)
    here = at_list(ada)

    here.press("Done: Buy milk")
    assert here.sees("Done: “Buy milk”.")
    add(ada, "Buy bread")
    expect(todos(here)).to_have_text(["Buy bread", "Buy milk"])
    here.page.get_by_role("button", name="Undo").click()

    expect(todos(here)).to_have_text(["Buy bread", "Buy milk"])


@pytest.mark.long
@pytest.mark.parametrize("path", ["/todos", "{todo}"])
def test_what_somebody_types_stays_when_news_come(at_list, add, ada, grace, client, users, path):
    todo = add(ada, assignees=["grace"])
    here = at_list(ada, path.format(todo=todo))
    label = "What is to be done?" if path == "/todos" else "Notes"
    here.type(label, "Half a sentence")

    client.patch(f"/api/v1{todo}", json={"title": "Buy oat milk"}, headers=users.headers(grace))

    expect(here.page.get_by_role("heading", name="Buy oat milk")).to_be_visible()
    expect(here.page.get_by_label(label)).to_have_value("Half a sentence")


@pytest.mark.long
def test_a_line_that_is_being_changed_stays_and_its_conflict_is_explained_in_it(
    at_list, add, ada, grace, client, users
):
    todo = add(ada, assignees=["grace"])
    here = at_list(ada)
    here.follow("Edit Buy milk")
    here.type("Title", "Buy soy milk")

    client.patch(f"/api/v1{todo}", json={"title": "Buy oat milk"}, headers=users.headers(grace))
    add(ada, "Buy bread")
    expect(todos(here)).to_have_text("Buy bread")
    here.press("Save")

    assert here.sees("Somebody changed this todo while you did")
    assert here.sees("Stored now: Buy oat milk")
    expect(here.page.get_by_label("Title")).to_have_value("Buy soy milk")
    here.press("Save")
    expect(todos(here)).to_have_text(["Buy bread", "Buy soy milk"])


@pytest.mark.long
@pytest.mark.parametrize("others", [["Buy bread"], []], ids=["among others", "the last one"])
def test_a_line_that_is_being_changed_stays_when_its_todo_leaves_the_list(
    at_list, add, ada, grace, client, users, others
):
    for title in others:
        add(ada, title)
    todo = add(ada, assignees=["grace"])
    here = at_list(ada)
    here.follow("Edit Buy milk")
    here.type("Title", "Buy soy milk")

    with here.page.expect_response(re.compile("/todos$")):
        client.patch(f"/api/v1{todo}", json={"done": True}, headers=users.headers(grace))
    add(ada, "Buy a clock")
    expect(todos(here)).to_have_text(["Buy a clock", *others])
    here.press("Save")

    expect(here.page.get_by_role("heading", name="Buy soy milk")).to_be_visible()


@pytest.mark.long
def test_a_line_is_changed_and_left_with_the_keyboard_alone(at_list, add, ada):
    add(ada)
    here = at_list(ada)
    keyboard, edit = here.page.keyboard, here.page.get_by_role("link", name="Edit Buy milk")

    edit.focus()
    keyboard.press("Enter")
    expect(here.page.get_by_label("Title")).to_be_focused()
    keyboard.type("Nothing that counts")
    keyboard.press("Escape")
    expect(edit).to_be_focused()
    keyboard.press("Enter")
    expect(here.page.get_by_label("Title")).to_be_focused()
    keyboard.press("ControlOrMeta+a")
    keyboard.type("Buy oat milk")
    keyboard.press("Enter")

    expect(here.page.get_by_role("link", name="Edit Buy oat milk")).to_be_focused()


@pytest.mark.long
def test_several_are_added_one_after_the_other_without_a_new_page(at_list, ada):
    here = at_list(ada)
    here.page.evaluate("window.sameAsBefore = true")

    here.page.get_by_label("What is to be done?").focus()
    for title in ("Milk", "Bread"):
        here.page.keyboard.type(title)
        here.page.keyboard.press("Enter")
        assert here.sees(f"Added “{title}”.")
        expect(here.page.get_by_label("What is to be done?")).to_have_value("")

    expect(todos(here)).to_have_text(["Bread", "Milk"])
    assert here.page.evaluate("window.sameAsBefore")


@pytest.mark.long
def test_an_upload_shows_how_far_it_is_and_its_picture_as_soon_as_there_is_one(at_list, add, ada, picture, jobs):
    here = at_list(ada, add(ada))
    slowly = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 20_000}
    here.page.context.new_cdp_session(here.page).send("Network.emulateNetworkConditions", slowly)

    here.page.get_by_label("Hang a file on it").set_input_files(picture)
    here.press("Upload")
    expect(here.page.get_by_label("How far the upload is")).to_be_visible()
    assert here.sees("milk.png hangs on it.")
    expect(here.page.get_by_label("How far the upload is")).to_be_hidden()
    jobs.drain()

    expect(here.page.locator("main img")).to_have_js_property("naturalWidth", 320)


@pytest.mark.long
def test_a_file_that_is_refused_is_told_beside_its_field(at_list, add, ada, tmp_path):
    here = at_list(ada, add(ada))
    wrong = tmp_path / "picture.png"
    wrong.write_text("<svg>")
    here.type("Notes", "Half a sentence")

    here.page.get_by_label("Hang a file on it").set_input_files(wrong)
    with here.page.expect_response(re.compile("/attachments$")):
        here.press("Upload")

    expect(here.page.locator("#field-file-wrong")).to_be_visible()
    expect(here.page.get_by_label("Notes")).to_have_value("Half a sentence")


@pytest.mark.long
def test_whoever_is_logged_out_meanwhile_keeps_what_they_typed_until_they_are_in_again(at_list, cookie_of, ada, users):
    here = at_list(ada)
    with users.room.database.transaction() as session:
        ending.end(users.room, session, SESSIONS.c.user_id == ada.id, reason="logout", caller=HERE)

    here.type("What is to be done?", "Buy milk")
    here.press("Add")
    assert here.sees("You are logged out.")
    here.page.context.add_cookies([cookie_of(ada)])
    here.press("Add")
    assert here.sees("You have logged in anew meanwhile.")
    here.press("Add")

    assert here.sees("Added “Buy milk”.")


@pytest.mark.long
def test_what_is_typed_while_the_one_before_is_on_its_way_is_added_as_well(at_list, ada):
    here = at_list(ada)
    slowly = {"offline": False, "latency": 600, "downloadThroughput": -1, "uploadThroughput": -1}
    here.page.context.new_cdp_session(here.page).send("Network.emulateNetworkConditions", slowly)

    here.page.get_by_label("What is to be done?").focus()
    for title in ("Milk", "Bread"):
        here.page.keyboard.type(title)
        here.page.keyboard.press("Enter")

    expect(todos(here)).to_have_text(["Bread", "Milk"])


@pytest.mark.long
def test_two_clicks_on_the_circle_are_one(at_list, add, ada):
    add(ada)
    here = at_list(ada)

    here.page.get_by_role("button", name="Done: Buy milk").dblclick()

    assert here.sees("Done: “Buy milk”.")


@pytest.mark.long
def test_undoing_a_tick_takes_nothing_away_that_is_typed(at_list, add, ada):
    add(ada)
    here = at_list(ada)
    here.type("What is to be done?", "Half a title")

    here.press("Done: Buy milk")
    here.page.get_by_role("button", name="Undo").click()

    assert here.sees("Open again: “Buy milk”.")
    expect(here.page.get_by_role("button", name="Done: Buy milk", pressed=False)).to_be_visible()
    expect(here.page.get_by_label("What is to be done?")).to_have_value("Half a title")


@pytest.mark.long
def test_taking_a_file_off_takes_nothing_off_that_is_typed(at_list, add, ada, tmp_path):
    here = at_list(ada, add(ada))
    file = tmp_path / "list.txt"
    file.write_text("Two litres")
    here.page.get_by_label("Hang a file on it").set_input_files(file)
    here.press("Upload")
    here.type("Notes", "Half a sentence")

    here.press("Remove list.txt")

    assert here.sees("It is taken off.")
    expect(here.page.get_by_label("Notes")).to_have_value("Half a sentence")


@pytest.mark.long
def test_what_could_not_be_sent_still_stands_there(watch, site, cookie_of, ada):
    context, _what_the_console_says_of_it = watch(site.address)
    context.add_cookies([cookie_of(ada)])
    here = Person(context.new_page(), site)
    here.go("/todos")
    here.type("What is to be done?", "Buy milk")

    here.page.route("**/todos", lambda route: route.abort("connectionfailed"))
    here.press("Add")
    assert here.sees("The server cannot be reached.")
    here.page.unroute_all()
    here.press("Add")

    assert here.sees("Added “Buy milk”.")


@pytest.mark.long
def test_an_export_is_followed_as_it_goes(somebody, add, ada, jobs):
    add(ada)
    here = somebody(by=ada)
    here.go("/todos/exports")
    here.press("For a program (JSON)")
    assert here.sees("It waits its turn.")
    here.page.reload()
    listens(here)

    jobs.drain()

    assert here.sees("It is ready.")
