"""`carboy new shop`: the starter, made into a project of somebody's own. Start reading at making.py.

command.py    what is typed, and what is answered      answers.py          what was chosen, as a value
names.py      what a project can be called             starter.py          where the starter is, and its files
rendering.py  the files of a project, nothing written  renaming.py         from one name to another
leaving_out.py  features that are not wanted           making.py           writes all of it, or nothing
wheel.py      the Carboy that the project runs on      first_migration.py  written from the models that remain
git.py        its history begins
"""
