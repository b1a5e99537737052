"""The pages of the starter, a line for each, and who looks at it. Tests that walk over pages walk over these."""

STRANGER, USER, ADMIN = "", "user", "admin"

PAGES = {
    "/": STRANGER,
    "/nothing/here": STRANGER,
    "/problems/invalid": STRANGER,
    "/login": STRANGER,
    "/register": STRANGER,
    "/check-mail": STRANGER,
    "/password/forgot": STRANGER,
    "/confirm/a-token-of-a-mail": STRANGER,
    "/account/email/a-token-of-a-mail": STRANGER,
    "/account": USER,
    "/account/password": USER,
    "/account/email": USER,
    "/account/sessions": USER,
    "/account/delete": USER,
    "/account/reauthenticate": USER,
    "/people": USER,
    "/people/me/picture": USER,
    "/todos": USER,
    "/todos/{todo}": USER,
    "/todos/exports": USER,
    "/admin/users": ADMIN,
    "/admin/users/{user}": ADMIN,
    "/admin/events": ADMIN,
    "/admin/jobs": ADMIN,
    "/admin/jobs/{job}": ADMIN,
}

# No pages, or none without what leads there.
APART = {"/favicon.ico", "/health", "/password/reset", "/socket.io/"}
