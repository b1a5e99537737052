"""What tests of the API's document share: which statuses an operation can answer, and which headers it takes."""

ANYTHING = {"400", "401", "415", "422", "429", "500", "503"}
A_READ = ANYTHING | {"200"}
A_CHANGE = ANYTHING | {"403", "404", "409", "412", "413", "428"}


def statuses_of(operation):
    return set(operation["responses"])


def headers_of(operation):
    return {one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"}
