"""Todos for eyes: HTML, and nothing else. Every page works without a script.

lists.py   the list: found, added, ticked        one.py     one todo: changed, shared, deleted and brought back
lines.py   one todo in its line of the list      files.py   what hangs on it        exports.py everything in one file
digests.py whether a mail comes each morning
"""

from flask import Blueprint

from starter.todos.pages import digests, exports, files, lines, lists, one

pages = Blueprint("todos", __name__, url_prefix="/todos")
for module in (lists, lines, one, files, exports, digests):
    module.add(pages)
