"""Every page of the starter, as people see it: at two widths, in light and dark, with scripts and without."""

import pytest
from accessibility import axe
from every_page import APART, PAGES, STRANGER

WIDTHS = (390, 1280)
LOOKS = [
    pytest.param([(390, "dark"), (1280, "light")], id="narrow and dark, wide and light"),
    pytest.param([(390, "light"), (1280, "dark")], id="narrow and light, wide and dark", marks=pytest.mark.long),
]
everybody = pytest.mark.parametrize("role", sorted(set(PAGES.values())), ids=lambda role: role or "a stranger")


@pytest.fixture
def walk(site, open_page, users, client, role):
    """Open every page of somebody, one after the other. There are users and a job to be seen."""
    somebody = users.make("ada@example.com", role=role or "user")
    users.make("grace@example.com", username="grace", first_name="Grace")
    job = client.post("/api/v1/demo/counts").json["id"]
    said = {"title": "Buy milk", "due_on": "2026-01-01", "tags": ["home"], "assignees": ["grace"]}
    todo = client.post("/api/v1/todos", json=said, headers=users.headers(somebody)).json["id"]

    def pages(*, slowed=1, **options):
        # Half-way from light to dark, colours are nobody's choice.
        page = open_page(by=None if role == STRANGER else somebody, reduced_motion="reduce", **options)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowed})
        for path in (
            path.format(user=somebody.id, job=job, todo=todo) for path, whose in PAGES.items() if whose == role
        ):
            answer = page.goto(path)
            assert page.url == site.address + path, "It leads elsewhere."
            assert answer.ok or role == STRANGER, f"Who should see {path} is answered {answer.status}."
            yield path, page

    return pages


MOVED = """new Promise((tell) => {
  let moved = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { moved += entry.value })).observe(
    { type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => tell(moved)));
})"""


def overhang(page):
    """How many pixels of the page are beyond its right edge."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.long
@everybody
@pytest.mark.parametrize("looks", LOOKS)
def test_everybody_can_use_every_page(walk, looks):
    faults = []

    for (path, page), (width, scheme) in ((seen, look) for seen in walk() for look in looks):
        page.set_viewport_size({"width": width, "height": 850})
        page.emulate_media(color_scheme=scheme)
        faults += [f"{path}, {scheme}, {width} pixels wide: {fault}" for fault in axe(page)]
        if beyond := overhang(page):
            faults.append(f"{path}, {width} pixels wide: {beyond} more are beyond the edge")

    assert faults == []


@pytest.mark.long
@everybody
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_on_a_page_moves_while_it_loads(walk, width):
    # On a slow machine every page is read in pieces.
    moved = {path: page.evaluate(MOVED) for path, page in walk(viewport={"width": width, "height": 850}, slowed=10)}

    assert moved == dict.fromkeys(moved, 0)


def test_what_a_page_is_about_stands_still_when_its_aside_comes(open_page, users):
    page = open_page(by=users.make(), viewport={"width": max(WIDTHS), "height": 850})
    page.goto("/todos")
    place = "document.querySelector('#desk > div').getBoundingClientRect().toJSON()"
    whole = page.evaluate(place)

    page.evaluate("document.querySelector('#desk > aside').remove()")

    alone = page.evaluate(place)
    assert [alone[edge] for edge in ("left", "right")] == [whole[edge] for edge in ("left", "right")]


@everybody
def test_every_page_is_whole_without_scripts(walk):
    narrow = {"width": min(WIDTHS), "height": 850}

    seen = {
        path: (page.locator("h1").count(), overhang(page))
        for path, page in walk(viewport=narrow, java_script_enabled=False)
    }

    assert seen == dict.fromkeys(seen, (1, 0))


@pytest.mark.parametrize("path", ["/", "/login", "/todos"])
def test_whoever_comes_for_the_first_time_waits_for_little(open_page, users, path):
    """150 kB on the wire, all that belongs to the page; docs/why/assets.md has the figures."""
    page = open_page(by=None if PAGES[path] == STRANGER else users.make())
    received = []
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda one: received.append(one["encodedDataLength"]))

    page.goto(path, wait_until="load")

    assert 0 < sum(received) <= 150_000, received


def test_no_page_is_forgotten(app):
    """A new page gets a line in every_page.py, and with it all of the above."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and not rule.arguments]

    forgotten = {rule.rule for rule in rules if not rule.rule.startswith("/api/")} - PAGES.keys() - APART

    assert forgotten == set()
