"""The list of todos on every database: which, in which order, page by page, and for the same price at any depth."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from carboy.accounts.administering import plant_roles
from carboy.data import Base, Database, Window, uuid7
from carboy.data.pages import write_cursor
from sqlalchemy import delete, insert, select

from starter.accounts.domain import User
from starter.todos import domain
from starter.todos.backend import TodosBackend
from starter.todos.domain import Filters
from starter.todos.models import Todo, TodoPerson

DAY = date(2026, 12, 24)


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def todo_database(request, new_database):
    database = Database(new_database(request.param))
    Base.metadata.create_all(database.engine())
    plant_roles(database)
    yield database
    database.close()


@pytest.fixture
def database(todo_database):
    yield todo_database
    with todo_database.transaction() as session:
        session.execute(delete(User))


@pytest.fixture
def todos(database):
    return TodosBackend(database)


@pytest.fixture
def somebody(database):
    def make(name):
        with database.transaction() as session:
            address = f"{name}@example.com"
            user = User(id=uuid7(), email=address, email_normalized=address, username=name)
            session.add(user)
            return user.id

    return make


@pytest.fixture
def ada(somebody):
    return somebody("ada")


@pytest.fixture
def add(database, todos):
    def make(me, title, **said):
        with database.transaction():
            done = said.pop("done", False)
            todo = domain.create(todos, me, {"title": title, **said})
            return domain.change(todos, todo, {"done": True}) if done else todo

    return make


@pytest.fixture
def search(database, todos):
    def titles(me, *, sort="-created_at", limit=100, cursor=None, **filters):
        with database.reading():
            window = Window(limit=limit, cursor=cursor)
            page = domain.search(todos, me, Filters(**filters), sort=sort, window=window)
            return [todo.title for todo in page.items], page.next_cursor

    return titles


@pytest.fixture
def work(database):
    """How many steps SQLite takes for something, in tens, which is how long it takes on a quiet machine."""

    def count(something):
        steps = 0

        def step():
            nonlocal steps
            steps += 1

        something()
        with database.reading():
            database.driver.set_progress_handler(step, 10)
            something()
            database.driver.set_progress_handler(None, 10)
        return steps

    return count


def walk(search, me, **wanted):
    """The whole list, page by page."""
    cursor, seen = None, []
    for _ in range(100):
        page, cursor = search(me, cursor=cursor, **wanted)
        seen += page
        if cursor is None:
            return seen
    raise AssertionError("the list has no end")


@pytest.fixture
def household(ada, add, somebody):
    """Todos of two people, some of them shared."""
    grace = somebody("grace")
    add(ada, "Milk", due_on=DAY, tags=["home", "shop"], priority=1)
    add(ada, "100% of the tax return", notes="The_blue folder", due_on=DAY + timedelta(days=7), tags=["paper"])
    add(ada, "Sleep", done=True)
    add(ada, "Roof", assignees=["grace"], priority=5, due_on=DAY - timedelta(days=1))
    add(grace, "Garden", assignees=["ada", "grace"], tags=["home"])
    add(grace, "Diary")
    return SimpleNamespace(ada=ada, grace=grace)


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ({}, ["Garden", "Roof", "Sleep", "100% of the tax return", "Milk"]),
        ({"scope": "mine"}, ["Roof", "Sleep", "100% of the tax return", "Milk"]),
        ({"scope": "assigned"}, ["Garden"]),
        ({"done": True}, ["Sleep"]),
        ({"done": False}, ["Garden", "Roof", "100% of the tax return", "Milk"]),
        ({"priority": 1}, ["Milk"]),
        ({"tag": "home"}, ["Garden", "Milk"]),
        ({"assignee": "grace"}, ["Garden", "Roof"]),
        ({"assignee": "nobody"}, []),
        ({"due_before": DAY}, ["Roof"]),
        ({"due_from": DAY}, ["100% of the tax return", "Milk"]),
        ({"due_from": DAY, "due_before": DAY + timedelta(days=1)}, ["Milk"]),
        ({"text": "MILK"}, ["Milk"]),
        ({"text": "100%"}, ["100% of the tax return"]),
        ({"text": "e_b"}, ["100% of the tax return"]),
        ({"text": "%"}, ["100% of the tax return"]),
        ({"scope": "mine", "tag": "home", "done": False}, ["Milk"]),
    ],
    ids=str,
)
def test_each_filter_leaves_what_fits(household, search, filters, titles):
    assert search(household.ada, **filters)[0] == titles


@pytest.mark.parametrize(
    ("sort", "titles"),
    [
        ("-created_at", ["Garden", "Roof", "Sleep", "100% of the tax return", "Milk"]),
        ("due_on", ["Roof", "Milk", "100% of the tax return", "Sleep", "Garden"]),
        ("priority", ["Milk", "100% of the tax return", "Sleep", "Garden", "Roof"]),
        ("-updated_at", ["Garden", "Roof", "Sleep", "100% of the tax return", "Milk"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 5, 6])
def test_the_pages_are_the_whole_list_in_each_order(household, search, sort, titles, limit):
    assert walk(search, household.ada, sort=sort, limit=limit) == titles


def test_what_comes_and_goes_while_somebody_walks_makes_them_miss_and_repeat_nothing(ada, add, search, database, todos):
    made = [add(ada, f"{number}") for number in range(6)]
    first, cursor = search(ada, limit=2)
    add(ada, "new")
    with database.transaction():
        domain.delete(todos, ada, domain.hold(todos, ada, made[4].id))

    rest, _ = search(ada, limit=10, cursor=cursor)

    assert (first, rest) == (["5", "4"], ["3", "2", "1", "0"])


def test_a_list_takes_as_many_statements_whatever_is_on_it(ada, add, search, somebody, statements):
    add(ada, "alone")
    search(ada)
    statements.clear()
    search(ada)
    alone = len(statements)
    names = [f"helper{number}" for number in range(8)]
    for name in names:
        somebody(name)
    for number in range(8):
        add(ada, f"{number}", assignees=names[:number], tags=[f"tag{one}" for one in range(number)])

    statements.clear()
    search(ada)

    assert len(statements) == alone <= 6


def fill(database, me, how_many):
    """Give a user this many todos, each a minute younger than the last."""
    began, ids = datetime(2026, 1, 1, tzinfo=UTC), sorted(uuid7() for _ in range(how_many))
    moments = zip(ids, count(), strict=False)
    rows = [
        {
            "id": todo_id,
            "owner_id": me,
            "title": f"Todo {number}",
            "notes": "",
            "due_day": DAY + timedelta(days=number % 400),
            "priority": number % 5 + 1,
            "version": 1,
            "created_at": began + timedelta(minutes=number),
            "updated_at": began + timedelta(minutes=number),
        }
        for todo_id, number in moments
    ]
    with database.transaction() as session:
        session.execute(insert(Todo), rows)
        session.execute(insert(TodoPerson), [{"user_id": me, "todo_id": row["id"]} for row in rows])


@pytest.mark.long
@pytest.mark.parametrize("todo_database", ["sqlite"], indirect=True)
def test_a_page_costs_the_same_at_any_depth(database, ada, somebody, search, work):
    fill(database, ada, 10_000)
    fill(database, somebody("grace"), 10_000)  # all of them newer
    with database.reading() as session:
        mine = select(TodoPerson.todo_id).where(TodoPerson.user_id == ada).order_by(TodoPerson.todo_id.desc())
        ids = session.scalars(mine).all()

    first = work(lambda: search(ada, limit=20))
    last = work(lambda: search(ada, limit=20, cursor=write_cursor([ids[9_979]])))

    assert last == pytest.approx(first, rel=0.15)
