"""Whatever goes wrong in a page is noticed, although the page looks well."""

import asyncio

import pytest
from accessibility import axe
from flask import render_template_string

from carboy.web.identity import public

PAGE = (
    "<!doctype html><html lang=en><head><title>A page</title><link rel=icon href=data:,></head><body>{}</body></html>"
)
SCRIPT = "<script nonce='{{{{ csp_nonce() }}}}'>{}</script>".format
ELSEWHERE = "http://elsewhere.example/a.png"
FAULTS = {
    "<script>document.title = 'ran'</script>": "script-src-elem forbids inline",
    "<p style='color: red'>Red.</p>": "style-src-attr forbids inline",
    f"<img src='{ELSEWHERE}' alt=''>": f"img-src forbids {ELSEWHERE}",
    SCRIPT("console.error('Ouch.')"): "console.error: Ouch.",
    SCRIPT("console.warn('Careful.')"): "console.warning: Careful.",
    SCRIPT("throw new Error('Lost.')"): "nobody caught: Lost.",
    SCRIPT("Promise.reject(new Error('Late.'))"): "nobody caught: Late.",
    "<img src='/missing.png' alt=''>": "answered 404: GET {address}/missing.png",
}


@pytest.fixture
def show(app, site, watch):
    """Have the site show this markup, and give the page and what was noticed there."""
    shown = {}

    @app.get("/shown")
    @public
    def shown_page():
        return render_template_string(shown["markup"]), shown["headers"]

    def look(markup, **headers):
        shown.update(markup=PAGE.format(markup), headers=headers)
        context, watched = watch(site.address)
        page = context.new_page()
        page.goto("/shown")
        return page, watched.complaints

    return look


@pytest.mark.long
def test_every_fault_of_a_page_is_noticed(show, site):
    noticed = {markup: show(markup)[1] for markup in FAULTS}

    missed = {
        markup: noticed[markup]
        for markup, words in FAULTS.items()
        if not any(words.format(address=site.address) in complaint for complaint in noticed[markup])
    }
    assert missed == {}


def test_whatever_is_asked_of_somebody_else_is_noticed_where_no_policy_forbids_it(show):
    _page, complaints = show(f"<img src='{ELSEWHERE}' alt=''>", **{"Content-Security-Policy": "img-src *"})

    assert any(f"asked somebody else: GET {ELSEWHERE}" in complaint for complaint in complaints)


def test_a_page_without_fault_is_not_complained_of(show):
    _page, complaints = show(SCRIPT("console.log('All is well.')"))

    assert complaints == []


def test_what_not_everybody_can_use_is_told_with_its_place(show):
    page, _complaints = show("<main><h1>Sign in</h1><input id=email></main>")

    [told] = axe(page)

    assert told.startswith("label (critical)")
    assert "#email" in told


def test_another_loop_may_run_in_the_process_that_drives_the_browser(started_browser):
    async def answer():
        return 42

    assert asyncio.run(answer()) == 42
