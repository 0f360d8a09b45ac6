"""Physical names are made, never drawn."""

import re

from azure_recovery.dynamic_providers.names import LONGEST_NAME, name_seed, physical_name, short_id

_AZURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]")
_FORCING = {"source_restore_point_id": "/subscriptions/s/…/restorePoints/daily-1"}


def test_the_same_program_makes_the_same_name():
    """A create that was killed finds its own work under its name."""
    seed = name_seed("contoso", "recovery", "production", "daily-1")

    assert physical_name(seed, _FORCING) == physical_name(seed, dict(_FORCING))


def test_two_stacks_never_share_a_name():
    """Organisation, project and stack are in the hash."""
    names = {
        physical_name(name_seed(organization, project, stack, "daily-1"), _FORCING)
        for organization in ("contoso", "fabrikam")
        for project in ("a", "b")
        for stack in ("test", "live")
    }

    assert 8 == len(names)


def test_a_changed_forcing_input_makes_another_name():
    """So the new object can stand before the old one goes."""
    seed = name_seed("contoso", "recovery", "production", "daily-1")

    assert physical_name(seed, _FORCING) != physical_name(seed, _FORCING | {"x": "y"})


def test_names_that_azure_would_refuse_are_cleaned_and_cut():
    """Any Pulumi name gives a name that Azure takes."""
    for name in ("täglich/1", "-.-", "a" * 200, "web server ☃", "…", "a" * 70 + "." * 20):
        made = physical_name(name_seed("o", "p", "s", name), _FORCING)

        assert _AZURE.fullmatch(made), made
        assert len(made) <= LONGEST_NAME


def test_the_id_of_what_is_in_no_service():
    """Stacks hold it: it is made as it has always been."""
    assert "replication-gate-b1ca6e6a63cf" == short_id("replication-gate", "p/s/web")
