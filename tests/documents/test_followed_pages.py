"""The pages that tell what to do, followed to the letter."""

import pytest
from following import follow, project, run, steps_of

__all__ = ["project"]


def test_whoever_follows_the_first_tutorial_has_a_page_that_greets(project):
    steps = steps_of("docs/tutorial/first-feature.md")
    assert [language for _path, language, _text in steps] == ["python", "python", "python", "diff", "python", "python"]

    for path, language, text in steps:
        follow(project, path, language, text)

    ask = "from starter import create_app; ask = create_app().test_client().get"
    told = "[ask('/greeting?name=Ada').text, ask('/greeting').status_code] == ['Hello, Ada.', 422]"
    run(project / "starter", f'python -c "{ask}; assert {told}"')
    run(
        project / "starter",
        "flask test --quiet tests/greeting tests/security -k 'greeted or written or OPEN or strangers'",
    )


@pytest.mark.long
def test_whoever_follows_the_tutorial_has_a_column_an_api_a_field_and_tests_that_pass(project):
    steps = steps_of("docs/tutorial/add-a-column-to-users.md")
    assert [language for _path, language, _text in steps] == ["sh", "diff", "sh", "diff", "diff", "python", "sh", "sh"]

    for path, language, text in steps:
        follow(project, path, language, text, tests="nickname or people or home or security or architecture")

    assert "nickname" in (project / "starter/specifications/openapi-v1.json").read_text()
    (migration,) = (project / "starter/migrations/versions").glob("*users_have_a_nickname*")
    assert "nickname" in migration.read_text()


@pytest.mark.long
def test_whoever_copies_a_feature_as_the_page_says_has_another_one_and_tests_that_pass(project):
    steps = steps_of("docs/how-to/add-a-feature.md")
    assert [language for _path, language, _text in steps] == ["sh", "sh", "sh", "diff", "sh", "sh"]

    for path, language, text in steps:
        follow(project, path, language, text, tests="errands or security or architecture")

    assert "/api/v1/errands/{errand_id}/attachments" in (project / "starter/specifications/openapi-v1.json").read_text()
    tests = project / "starter/tests"
    assert len(list(tests.glob("errands/test_errand*.py"))) == len(list(tests.glob("todos/test_todo*.py")))
