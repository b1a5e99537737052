"""`me: CurrentUser` in an endpoint: the id of the user who asks. Strangers and machines are refused before the view."""

from typing import Annotated
from uuid import UUID

from carboy.web.endpoints.places import Given
from carboy.web.identity import user_id

CurrentUser = Annotated[UUID, Given(user_id)]
