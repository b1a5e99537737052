"""People behind one address do not shut each other out."""

import pytest

ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.mark.settings(api_rate_limit="10/minute")
def test_a_token_that_was_good_once_is_no_guess_and_shuts_no_neighbour_out(make_user, sign_in):
    make_user(ADA)
    make_user(BOB)
    ada, bob = sign_in(ADA), sign_in(BOB)
    ada("DELETE", "/tokens")

    answers = [ada("GET", "/users/me").status_code for _ in range(10)]

    assert set(answers) == {401, 429}
    assert bob("GET", "/users/me").status_code == 200


@pytest.mark.settings(api_rate_limit="10/minute")
def test_tokens_that_never_were_good_are_guesses(make_user, sign_in, api):
    make_user(ADA)
    ada = sign_in(ADA)
    for number in range(10):
        api("GET", "/users/me", token=f"st_{number}")

    assert ada("GET", "/users/me").status_code == 429
