"""`carboy add feature` and `carboy remove feature`: a whole slice of an application, written and taken away again.

command.py    what is typed                     fields.py, kinds.py, naming.py   what it says
taken.py      what a name must not be           feature.py, speaking.py          what is made of it
rendering.py  contracts.py  templates/          the files                        migration.py   the table
writing.py    all of it or nothing              record.py                        what was written, for later
removing.py   and back                          inside.py                        what only the application knows
"""
