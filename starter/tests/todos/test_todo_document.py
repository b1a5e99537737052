"""What the API's document tells of todos."""

from documented import headers_of


def test_a_todo_is_made_once_and_changed_by_those_who_have_seen_it(operations):
    wanted = {
        "todos_create_todo": {"Idempotency-Key"},
        "todos_get_todo": {"If-None-Match"},
        "todos_change_todo": {"If-Match"},
        "todos_delete_todo": {"If-Match"},
        "todos_assign_todo": {"If-Match"},
        "todos_restore_todo": {"Idempotency-Key"},
        "todos_complete_todos": {"Idempotency-Key"},
        "todos_start_export": {"Idempotency-Key"},
    }

    assert {name: headers_of(operations[name]) for name in wanted} == wanted
