"""What belongs to somebody among people, made for the laws of security: their picture."""

from carboy.data.flask import data_of
from carboy.files.flask import files_of
from sent_pictures import Sent

from starter.people import domain
from starter.people.backend import PeopleBackend


def user_with_picture(owner, app):
    database = data_of(app).database
    people, files = PeopleBackend(database, ()), files_of(app)
    domain.take_picture(owner.id, Sent(), people=people, files=files, database=database)
    return owner.id


BELONGS = {"api_v1.people.get_picture": user_with_picture, "people.show_picture": user_with_picture}
