"""The life of a todo, as two people live it at their browsers."""

import pytest
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}}
WAYS = [
    pytest.param({}, id="at a desk", marks=pytest.mark.long),
    pytest.param(PHONE | {"java_script_enabled": False}, id="on a phone, without scripts"),
]


def titles(person):
    return person.page.locator("main h2 a").all_inner_texts()


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_a_todo_from_the_first_word_to_the_undone_delete(somebody, ada, grace, picture, jobs, way):
    here, there = somebody(by=ada, **way), somebody(by=grace, **way)

    # Ada writes it down, and says that Grace is to do it.
    here.go("/")
    here.follow("Todos")
    assert here.sees("Nothing is open.")
    here.type("What is to be done?", "Buy milk")
    here.page.get_by_text("More", exact=True).click()
    here.type("Who is to do it", "grace")
    here.press("Add")
    assert here.sees("Added “Buy milk”.")

    # Grace finds it, with a picture that Ada hangs on it.
    here.follow("Buy milk")
    here.page.get_by_label("Hang a file on it").set_input_files(picture)
    here.press("Upload")
    assert here.sees("milk.png hangs on it.")
    jobs.drain()
    there.go("/todos")
    there.follow("Buy milk")
    expect(there.page.locator("main img")).to_have_js_property("complete", True)
    assert there.page.get_by_role("button", name="Delete").count() == 0

    # Both change it at once. Who comes last is told, and loses nothing.
    here.go("/todos")
    here.follow("Buy milk")
    here.type("Notes", "Two litres")
    here.type("Title", "Buy soy milk")
    there.type("Title", "Buy oat milk")
    there.press("Save")
    assert there.sees("Saved.")
    here.press("Save")
    assert here.sees("Somebody changed this todo while you did")
    assert here.sees("Stored now: Buy oat milk")
    expect(here.page.get_by_label("Notes")).to_have_value("Two litres")
    here.type("Title", "Buy oat milk")
    here.press("Save")
    assert here.sees("Saved.")

    # Grace ticks it, and Ada deletes it by mistake.
    there.go("/todos")
    there.press("Done: Buy oat milk")
    assert there.sees("Done: “Buy oat milk”.")
    there.go("/todos?state=done")
    assert titles(there) == ["Buy oat milk"]
    here.press("Delete")
    assert here.sees("Deleted “Buy oat milk”.")
    there.go("/todos?state=all")
    assert titles(there) == []
    here.page.get_by_role("button", name="Undo").click()
    assert here.sees("“Buy oat milk” is back.")
    there.go("/todos?state=all")
    assert titles(there) == ["Buy oat milk"]


@pytest.mark.parametrize("way", WAYS)
def test_an_export_is_watched_through_a_reload_and_saved(somebody, ada, jobs, way):
    here = somebody(by=ada, **way)
    here.go("/todos")
    here.type("What is to be done?", "Buy milk")
    here.press("Add")

    here.go("/todos/exports")
    here.press("For a program (JSON)")
    assert here.sees("It waits its turn.")
    here.page.reload()
    assert here.sees("It waits its turn.")
    jobs.drain()
    if not way.get("java_script_enabled", True):
        here.follow("Look again")

    with here.page.expect_download() as saved:
        here.page.get_by_role("link", name="Save todos-").click()
    assert "Buy milk" in saved.value.path().read_text()


@pytest.mark.long
def test_a_tick_needs_no_new_page_where_scripts_run(somebody, ada):
    here = somebody(by=ada)
    here.go("/todos")
    here.type("What is to be done?", "Buy milk")
    here.press("Add")
    here.page.evaluate("window.sameAsBefore = true")

    here.press("Done: Buy milk")
    expect(here.page.get_by_role("button", name="Done: Buy milk", pressed=True)).to_be_visible()

    assert here.page.evaluate("window.sameAsBefore")


@pytest.mark.quick
def test_a_todo_is_added_opened_and_ticked_with_the_keyboard_alone(somebody, ada):
    here = somebody(by=ada)
    here.go("/todos")
    keyboard = here.page.keyboard

    here.page.get_by_label("What is to be done?").focus()
    keyboard.type("Buy milk")
    keyboard.press("Enter")
    assert here.sees("Added “Buy milk”.")
    here.page.get_by_role("button", name="Done: Buy milk").focus()
    keyboard.press("Enter")

    expect(here.page.get_by_role("button", name="Done: Buy milk", pressed=True)).to_be_visible()
