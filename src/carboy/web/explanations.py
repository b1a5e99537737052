"""What is told about each kind of problem: here in words, and in the docstrings of the error classes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of error, as it is explained to whoever gets it."""

    code: str
    status: int
    title: str
    meaning: str
    advice: str


UNTRUSTED_HOST = Problem(
    "untrusted-host",
    400,
    "We do not go by that name",
    "The request was sent to a host name that is not served here.",
    "Use the address that you were given. If you run this site and the name is right, add it to TRUSTED_HOSTS.",
)

# What HTTP has a status for, and no class of the house.
HTTP = {
    problem.status: problem
    for problem in (
        Problem(
            "bad-request",
            400,
            "Your request cannot be understood",
            "Something about the request is not as HTTP has it: its body breaks off, or a part of it is missing.",
            "Look at what your program sends, byte for byte. Sending the same again will not help.",
        ),
        Problem(
            "method-not-allowed",
            405,
            "That cannot be done here",
            "The address is right, but it does not take this method.",
            "Use one of the methods that the answer's Allow header names.",
        ),
        Problem(
            "not-acceptable",
            406,
            "We cannot answer in that form",
            "The request accepts only media types that this address cannot answer with.",
            "Accept application/json, or leave the Accept header out.",
        ),
        Problem(
            "payload-too-large",
            413,
            "That is too large for us",
            "The body is larger than is taken here, so none of it was kept.",
            "Send less at a time.",
        ),
        Problem(
            "uri-too-long",
            414,
            "That address is too long",
            "The address, with its query, is longer than is read here.",
            "Put what is long into a body, or ask for less at a time.",
        ),
        Problem(
            "range-not-satisfiable",
            416,
            "There is no such part",
            "The Range header asks for a part that the file does not have.",
            "Ask again without it, and see how long the file is.",
        ),
        Problem(
            "header-fields-too-large",
            431,
            "Your headers are too large",
            "The header fields of the request are larger than is read here. Often it is a cookie.",
            "Send fewer and shorter ones; in a browser, delete the cookies of this site.",
        ),
        Problem(
            "internal-error",
            500,
            "Something went wrong on our side",
            "It is not your doing. What was asked for was not carried out, and the fault is in our log.",
            "Try again in a minute. If it stays, tell us, and name the request id of the answer.",
        ),
    )
}

ADVICE = {
    "malformed": "Look at what your program sends: the answer's detail says what cannot be read.",
    "malformed-json": "Send one JSON value in UTF-8; the answer's detail says where it stops being one.",
    "unauthenticated": "Send credentials that are still good. The answer's WWW-Authenticate header says of which kind.",
    "reauthentication-required": "Send your password once more, then ask again within the max_age of WWW-Authenticate.",
    "forbidden": "Use an account that may, or ask whoever runs this site for the right to.",
    "csrf-failed": "Open the form anew and send it from this site itself.",
    "not-found": "Check the address. If it is right, what it named is gone, or is not shown to you.",
    "conflict": "Fetch what is there now, decide again, and send what you then want.",
    "precondition-failed": "Fetch the newest version, make your change to that, and send it with the new ETag.",
    "precondition-required": "Fetch what you want to change, and send its ETag back in If-Match.",
    "unsupported-media-type": "Send application/json, and a body only where one is expected.",
    "invalid": "Mend each of the answer's errors: its pointer or parameter says where, its detail what is wrong.",
    "idempotency-key-reused": "Draw a new Idempotency-Key for each new request; repeat one only with the same body.",
    "rate-limited": "Wait as many seconds as the answer's Retry-After header says, and ask less often.",
    "busy": "Try again after as many seconds as the answer's Retry-After header says.",
    "unmigrated": "Try again in a few minutes. If you run this site: flask db upgrade.",
}
GENERAL_ADVICE = {4: "Look over what you sent, and send it otherwise.", 5: "Wait a moment, then try again."}
