"""What `flask check` finds: the rules about settings, and what can only be asked of a system that lives.

asking.py      what a question is; questions are asked one after the other, and not where an answer is known already
database.py, services.py, people.py, work.py, room_to_work.py     the questions
report.py      all of it together, for people, programs and the reference
starting.py    those of it that stop a start
"""
