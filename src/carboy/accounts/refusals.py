"""What accounts refuse, and what that means to whoever asked."""

from typing import ClassVar

from carboy.errors import CarboyError, Conflict, Refused, Unauthenticated

SIGN_IN_AGAIN = "Sign in again."
BEARER = 'Bearer realm="api"'
INVALID_TOKEN = f'{BEARER}, error="invalid_token"'


class InvalidCredentials(Unauthenticated):
    """The password does not fit, or there is nobody like that. Both read the same on purpose."""

    code = "invalid-credentials"
    title = "That does not fit together"
    advice = "Check the address or user name and the password. If you do not know it any more, ask for a new one."


class TokenRefused(Unauthenticated):
    """What was brought as a token is not taken; each kind says why, in words of its own."""

    said: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__(self.said, challenge=INVALID_TOKEN)


class TokenInvalid(TokenRefused):
    """The token is none of ours, or not of the kind that is wanted here."""

    said = "This token is none of ours, or not of the kind that is wanted here."
    code = "token-invalid"
    title = "We do not know that token"
    advice = SIGN_IN_AGAIN


class TokenExpired(TokenRefused):
    """The token was good, and its time is over."""

    said = "This token has expired."
    code = "token-expired"
    title = "That token has expired"
    is_guess = False
    advice = "Refresh it, or sign in again."


class TokenRevoked(TokenRefused):
    """The token was good, and was ended: by signing out, a new password or an administrator."""

    said = "This sign-in has ended."
    code = "token-revoked"
    title = "That sign-in has ended"
    is_guess = False
    advice = SIGN_IN_AGAIN


class RefreshReused(TokenRefused):
    """A refresh token was shown a second time: somebody else may have it, so the whole sign-in is ended."""

    said = "This token was used before, so the sign-in has ended."
    code = "refresh-reused"
    title = "That refresh token was used before"
    advice = "Sign in again. If it was not your own program that sent the token twice, change your password."
    commits: bool = True


class UpdateTokenReused(TokenRefused):
    """An update token was shown a second time: somebody else may have it, so the sign-in is ended."""

    said = RefreshReused.said
    code = "update-token-reused"
    title = "That update token was used before"
    advice = RefreshReused.advice
    commits: bool = True


class LinkInvalid(CarboyError):
    """A mailed link is unknown, was used, or has expired. All read the same on purpose."""

    status: ClassVar[int] = 400
    code = "link-invalid"
    title = "That link is no good any more"
    advice = "Ask for a new mail, and use its link soon and only once."

    def __init__(self) -> None:
        super().__init__("This link is unknown, was used, or has expired.")


class RegistrationClosed(Refused):
    """Nobody can sign up by themselves here."""

    code = "registration-closed"
    title = "Nobody can sign up here by themselves"
    advice = "Ask whoever runs this application for an account."


class LastAdmin(Conflict):
    """Without this user nobody could administer the application."""

    code = "last-admin"
    title = "Somebody must be left to administer"
    advice = "Make somebody else an administrator first."
