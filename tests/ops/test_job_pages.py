"""/admin/jobs: administrators see what is done behind the scenes, have it tried again, and take it back."""

import re
from html import unescape
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from carboy.jobs import Fail, Running, job
from carboy.jobs.flask import jobs_of
from carboy.jobs.table import JOBS, State

EVIL = "<script>alert(1)</script>"
SECRET = "s3cret-of-a-customer"
WAYS = ("retry", "cancel")


@job
def count(to: int, *, job: Running):
    job.progress(0.5, f"half-way to {to}")
    return {"counted": to}


@job(attempts=1)
def stumble(over: str):
    raise ValueError(f"stumbled over {over}")


@job(attempts=1)
def refuse(why: str):
    return Fail(why)


@job(attempts=1, confidential=True)
def whisper(secret: str):
    raise ValueError(secret)


@pytest.fixture
def app(app):
    jobs_of(app).register(count, stumble, refuse, whisper)
    return app


@pytest.fixture
def ask(jobs):
    """Ask for a job, and give its id."""

    def enqueue(function, *given, **how):
        with jobs.room.database.transaction():
            return jobs.room.enqueue(function, *given, **how)

    return enqueue


@pytest.fixture
def change(jobs):
    """Write into the row of a job what a worker would."""

    def write(job_id, **values):
        with jobs.room.database.transaction() as session:
            session.execute(update(JOBS).where(JOBS.c.id == job_id).values(values))

    return write


@pytest.fixture
def state(jobs):
    """Read how it stands with a job."""

    def read(job_id):
        with jobs.room.database.reading():
            row = jobs.room.find(job_id)
        return f"{row.state}, unwanted" if row.unwanted else row.state

    return read


def tables(page):
    """The rows of each table as somebody reads them."""
    bodies = [part.partition("</tbody>")[0] for part in page.split("<tbody>")[1:]]
    return [[cells(row) for row in body.split("<tr>")[1:]] for body in bodies]


def cells(row):
    return [as_read(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]


def as_read(markup):
    return unescape(" ".join(re.sub(r"<[^>]+>", "", markup).split()))


def listed(boss, **query):
    answer = boss.get("/admin/jobs", query_string=query)
    assert answer.status_code == 200, answer.text
    return [row[0].rpartition(".")[2] for row in tables(answer.text)[-1]]


def facts(page):
    """What is told of one job, by its name."""
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {as_read(name): as_read(value) for name, value in pairs}


def told(page):
    found = re.search(r'<div class="ui negative message" role="alert">(.*?)</div>', page, re.DOTALL)
    return as_read(found[1]) if found else ""


# --- The list


def test_jobs_are_listed_the_newest_first_with_who_asked_for_them(boss, ask, grace):
    ask(count, 3)
    ask(stumble, "a stone", asked_by=f"user:{grace.id}")
    ask(count, 4, asked_by="key:ci")

    page = boss.get("/admin/jobs").text

    assert [(row[0].rpartition(".")[2], *row[1:]) for row in tables(page)[-1]] == [
        ("count", "queued", "key:ci", "just now"),
        ("stumble", "queued", "grace@example.com", "just now"),
        ("count", "queued", "the application", "just now"),
    ]
    assert f'<a href="/admin/users/{grace.id}">grace@example.com</a>' in page


def test_the_list_says_when_a_job_is_due_that_waits_for_its_time(boss, ask, clock):
    ask(count, 3, delay=7200)

    assert tables(boss.get("/admin/jobs").text)[-1][0][1] == "queued, due in 2 hours"


def test_how_it_stands_with_each_kind_leads_to_what_failed(boss, ask, jobs, clock):
    ask(stumble, "a stone")
    jobs.drain(raising=False)
    ask(count, 3)
    ask(count, 4)
    clock.shift(180)

    page = boss.get("/admin/jobs").text

    name = f"{__name__}."
    assert tables(page)[0] == [[f"{name}count", "2, due for 3 minutes", "0", "0"], [f"{name}stumble", "0", "0", "1"]]
    failed = unescape(re.search(r'<a href="([^"]+state=failed[^"]*)">1</a>', page)[1])
    assert [row[0] for row in tables(boss.get(failed).text)[-1]] == [f"{name}stumble"]


def test_a_search_with_fields_left_empty_looks_for_the_others_alone(boss, ask, jobs):
    ask(stumble, "a stone")
    ask(count, 3)
    jobs.drain(raising=False)
    ask(count, 4)
    empty = {"state": "", "handler": ""}

    assert listed(boss, **empty) == ["count", "count", "stumble"]
    assert listed(boss, **empty | {"state": "failed"}) == ["stumble"]
    assert listed(boss, state="queued", handler=f"{__name__}.count") == ["count"]


def test_every_kind_can_be_chosen_and_one_that_nobody_knows_stays_chosen(boss):
    page = boss.get("/admin/jobs?handler=shop.of_another_release").text

    options = re.findall(r'<option value="([^"]*)"( selected)?>', page.partition('name="handler"')[2])
    assert {f"{__name__}.count", "carboy.mail.deliver"} <= {name for name, _ in options}
    assert [name for name, chosen in options if chosen] == ["shop.of_another_release"]


def test_each_job_is_on_one_page_and_the_search_goes_along(boss, ask):
    ids = [str(ask(count, number)) for number in range(5)][::-1]
    ask(stumble, "a stone")

    path, seen = f"/admin/jobs?state=queued&handler={__name__}.count&limit=2", []
    while path:
        page = boss.get(path).text
        seen.append(re.findall(r'<a href="/admin/jobs/([0-9a-f-]{36})">', page))
        onwards = re.search(r'href="([^"]+)" rel="next"', page)
        path = onwards and unescape(onwards[1])

    assert seen == [ids[:2], ids[2:4], ids[4:]]


def test_a_search_that_makes_no_sense_is_told_so_on_a_page(boss):
    senseless = ["state=perhaps", "cursor=broken", "limit=0", "handler=%00", "handler=" + "a" * 201]

    answers = {query: boss.get(f"/admin/jobs?{query}") for query in senseless}

    assert {(answer.status_code, answer.mimetype) for answer in answers.values()} == {(422, "text/html")}
    assert [query for query, answer in answers.items() if f"{query.partition('=')[0]}: " not in answer.text] == []


# --- One job


def test_a_job_that_waits_says_what_was_asked_for_and_when_it_is_due(boss, ask, clock):
    job_id = ask(count, 3, delay=120, key="once", asked_by="key:ci")

    shown = facts(boss.get(f"/admin/jobs/{job_id}").text)

    assert shown == {
        "State": "queued",
        "Attempts": "0 of 5 failed, 0 lost, 0 begun",
        "Asked for": "just now by key:ci",
        "Queue": "default",
        "Key": "once",
        "Due": "in 2 minutes",
        "Asked with": "{'to': 3}",
    }


def test_a_job_that_runs_says_how_far_it_is_and_who_does_it(boss, ask, change, jobs):
    job_id = ask(count, 3)
    change(
        job_id, state="running", progress=0.256, note="26 of 100", leased_by="the worker", started_at=jobs.room.clock()
    )

    page = boss.get(f"/admin/jobs/{job_id}").text

    shown = facts(page)
    assert (shown["Progress"], shown["It says"], shown["Begun"]) == ("26 %", "26 of 100", "just now by the worker")
    assert '<progress max="1" value="0.256"' in page


def test_a_job_that_is_done_shows_what_came_of_it_and_no_button(boss, ask, jobs):
    job_id = ask(count, 3)
    jobs.drain()

    page = boss.get(f"/admin/jobs/{job_id}").text

    assert (facts(page)["State"], facts(page)["What came of it"]) == ("done", "{'counted': 3}")
    assert [way for way in WAYS if f"{job_id}/{way}" in page] == []


def test_a_job_that_failed_shows_where_in_the_code_and_what_it_was_asked_with(boss, ask, jobs):
    job_id = ask(stumble, "a stone")
    jobs.drain(raising=False)

    page = unescape(boss.get(f"/admin/jobs/{job_id}").text)

    assert facts(page)["Asked with"] == "{'over': 'a stone'}"
    assert [text for text in ("Traceback", "in stumble", "ValueError: stumbled over a stone") if text not in page] == []


@pytest.mark.parametrize("done", [False, True])
def test_of_a_confidential_job_nothing_is_shown_that_it_was_asked_with(boss, ask, jobs, done):
    job_id = ask(whisper, SECRET)
    if done:
        jobs.drain(raising=False)

    pages = [boss.get(path).text for path in ("/admin/jobs", f"/admin/jobs/{job_id}")]

    assert [page for page in pages if SECRET in page] == []
    assert facts(pages[1])["Asked with"] == "(not shown: they are confidential)"
    assert ("no more is told" in pages[1]) is done


def test_what_a_job_nobody_knows_was_asked_with_is_not_shown(boss, ask, jobs):
    job_id = ask(count, 31415)
    del jobs.room.handlers[f"{__name__}.count"]

    page = boss.get(f"/admin/jobs/{job_id}")

    assert (page.status_code, "31415" in page.text) == (200, False)


def test_what_a_job_says_of_itself_is_text(boss, ask, jobs, change):
    refused = ask(refuse, EVIL)
    stumbled = ask(stumble, EVIL, key=EVIL, asked_by=EVIL)
    jobs.drain(raising=False)
    change(stumbled, note=EVIL, request_id=EVIL, leased_by=EVIL, result=f'"{EVIL}"')

    pages = [boss.get(path).text for path in ("/admin/jobs", f"/admin/jobs/{refused}", f"/admin/jobs/{stumbled}")]

    assert [page for page in pages if EVIL in page or "&lt;script&gt;alert(1)" not in page] == []


def test_a_job_that_is_not_there_is_not_found(boss):
    paths = [f"/admin/jobs/{uuid4()}", "/admin/jobs/1"]

    assert [boss.get(path).status_code for path in paths] == [404, 404]
    assert [boss.send(f"{path}/{way}").status_code for path in paths for way in WAYS] == [404] * 4


# --- What is done


def test_a_job_that_failed_is_tried_again(boss, ask, jobs, state):
    job_id = ask(stumble, "a stone")
    jobs.drain(raising=False)
    failed = boss.get(f"/admin/jobs/{job_id}").text

    answer = boss.send(f"/admin/jobs/{job_id}/retry")

    assert f"/admin/jobs/{job_id}/retry" in failed
    assert (answer.status_code, answer.location, state(job_id)) == (303, f"/admin/jobs/{job_id}", State.QUEUED)
    assert "It is tried again." in boss.get(answer.location).text
    assert (jobs.drain(raising=False), state(job_id)) == (1, State.FAILED)


def test_a_job_that_waits_is_taken_back_and_may_be_tried_again(boss, ask, jobs, state):
    job_id = ask(count, 3)

    answer = boss.send(f"/admin/jobs/{job_id}/cancel")
    after = (jobs.drain(), state(job_id))
    boss.send(f"/admin/jobs/{job_id}/retry")

    assert answer.location == f"/admin/jobs/{job_id}"
    assert after == (0, State.CANCELLED)
    assert (jobs.drain(), state(job_id)) == (1, State.DONE)


def test_a_job_that_runs_is_told_to_stop_and_not_told_twice(boss, ask, change, state):
    job_id = ask(count, 3)
    change(job_id, state=State.RUNNING)

    answer = boss.send(f"/admin/jobs/{job_id}/cancel")

    page = boss.get(answer.location).text
    assert state(job_id) == "running, unwanted"
    assert facts(page)["State"] == "running, and told to stop"
    assert "It is told to stop, and ends where it can." in page
    assert f"{job_id}/cancel" not in page


def test_the_log_says_who_had_a_job_taken_back_or_tried_again(boss, ask, grace, caplog):
    job_id = ask(count, 3)

    for way in ("cancel", "cancel", "retry"):
        boss.send(f"/admin/jobs/{job_id}/{way}")

    told = [(record.message, record.job_id, record.by) for record in caplog.records if "by hand" in record.message]
    by = (str(job_id), f"user:{grace.id}")
    assert told == [("job taken back by hand", *by), ("job tried again by hand", *by)]


def test_what_has_ended_is_not_taken_back_and_the_page_says_so(boss, ask, jobs, state):
    ended = ask(count, 3), ask(stumble, "a stone")
    jobs.drain(raising=False)

    answers = [boss.send(f"/admin/jobs/{job_id}/cancel") for job_id in ended]

    assert [(answer.status_code, told(answer.text)) for answer in answers] == [
        (409, "It has ended already; there is nothing to take back.")
    ] * 2
    assert [facts(answer.text)["State"] for answer in answers] == ["done", "failed"]
    assert [state(job_id) for job_id in ended] == [State.DONE, State.FAILED]


def test_what_did_not_fail_is_not_tried_again_and_the_page_says_so(boss, ask, jobs, state):
    done = ask(count, 3)
    jobs.drain()
    waiting = ask(count, 4)

    answers = [boss.send(f"/admin/jobs/{job_id}/retry") for job_id in (done, waiting)]

    assert {answer.status_code for answer in answers} == {409}
    assert all(told(answer.text).startswith("Only what failed or was cancelled is tried again") for answer in answers)
    assert (state(done), state(waiting)) == (State.DONE, State.QUEUED)


def test_a_job_whose_key_another_one_holds_is_not_tried_again_and_the_page_says_which(boss, ask, jobs):
    failed = ask(stumble, "a stone", key="once")
    jobs.drain(raising=False)
    other = ask(stumble, "another stone", key="once")

    answer = boss.send(f"/admin/jobs/{failed}/retry")

    assert (answer.status_code, str(other) in told(answer.text)) == (409, True)


# --- What is refused


@pytest.fixture
def ways(ask, jobs):
    """Every address where something is done to a job: one that failed, one that waits."""
    failed = ask(stumble, "a stone")
    jobs.drain(raising=False)
    return [f"/admin/jobs/{failed}/retry", f"/admin/jobs/{ask(count, 3)}/cancel"]


@pytest.fixture
def states(ways, state):
    return lambda: [state(UUID(path.split("/")[3])) for path in ways]


def test_only_administrators_come_in(in_browser, browser, users, ways, states):
    user = in_browser(users.make())
    pages = ["/admin/jobs", *(path.rpartition("/")[0] for path in ways)]

    refused = [user.get(path).status_code for path in pages] + [user.send(path).status_code for path in ways]
    asked = [browser.get(path) for path in pages] + [browser.send(path) for path in ways]

    assert set(refused) == {403}
    assert {(answer.status_code, answer.location.partition("?")[0]) for answer in asked} == {(303, "/login")}
    assert states() == [State.FAILED, State.QUEUED]


def test_what_changes_something_asks_for_the_password_when_it_was_typed_long_ago(settings, boss, ways, states, clock):
    clock.shift(settings.sudo_max_age + 1)
    pages = [path.rpartition("/")[0] for path in ways]

    answers = [
        boss.send(path, {"Referer": f"http://localhost{page}"}).location for path, page in zip(ways, pages, strict=True)
    ]

    assert answers == [f"/account/reauthenticate?next={page}" for page in pages]
    assert states() == [State.FAILED, State.QUEUED]
    assert [boss.get(path).status_code for path in ["/admin/jobs", *pages]] == [200] * 3


def test_what_another_site_sends_is_refused(boss, ways, states):
    without = [boss.client.post(path).status_code for path in ways]
    foreign = [boss.send(path, {"Origin": "https://evil.example"}).status_code for path in ways]
    followed = [boss.get(path).status_code for path in ways]

    assert (set(without), set(foreign), set(followed)) == ({403}, {403}, {405})
    assert states() == [State.FAILED, State.QUEUED]
