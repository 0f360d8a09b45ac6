"""How to log in to System Center, from configuration and environment."""

from __future__ import annotations

import re

import pytest

from azure_recovery.rest.errors import ConfigurationError
from azure_recovery.rest.spf.address import service_root
from azure_recovery.rest.spf.settings import SpfLogin, SpfSettings

TOKEN = {"AZURE_RECOVERY_SPF_TOKEN": "MARKER-token"}
CERTIFICATE = {"AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH": "client.pem"}
BASIC = {"AZURE_RECOVERY_SPF_USERNAME": "operator", "AZURE_RECOVERY_SPF_PASSWORD": "MARKER-password"}
SUBSCRIPTION = "ba4146fa-fb41-41b6-a7c0-2b4ff4c3f7e3"


@pytest.mark.parametrize(
    ("env", "login"), [(TOKEN, SpfLogin.TOKEN), (CERTIFICATE, SpfLogin.CERTIFICATE), (BASIC, SpfLogin.BASIC)]
)
def test_each_way(env, login):
    """What is set says which way is meant."""
    assert login is SpfSettings.load({}, env).login


def test_configuration_before_environment():
    """As everywhere; the name of the one that counts is known for messages."""
    settings = SpfSettings.load({"azure-recovery:spfToken": "of-the-stack"}, TOKEN)

    assert ("azure-recovery:spfToken", "of-the-stack") == (settings.token.name, settings.token.value)


def test_each_setting():
    """All six are read, under both of their names."""
    config = {
        "azure-recovery:spfClientCertificatePath": "a.pfx",
        "azure-recovery:spfClientCertificatePassword": "b",
        "azure-recovery:spfCaBundlePath": "c.pem",
    }
    env = {re.sub(r"(?<!^)(?=[A-Z])", "_", key.partition(":")[2]).upper(): value for key, value in config.items()}

    for settings in (
        SpfSettings.load(config, {}),
        SpfSettings.load({}, {f"AZURE_RECOVERY_{name}": value for name, value in env.items()}),
    ):
        assert ["a.pfx", "b", "c.pem"] == [
            settings.certificate.value,
            settings.certificate_password.value,
            settings.ca_bundle.value,
        ]


def test_nothing_is_set():
    """One line names each way."""
    with pytest.raises(ConfigurationError, match=r"^no credentials for System Center: set one of") as caught:
        SpfSettings.load({}, {})

    for name in ("spfClientCertificatePath", "AZURE_RECOVERY_SPF_TOKEN", "spfUsername"):
        assert name in str(caught.value)


@pytest.mark.parametrize("env", [{**TOKEN, **BASIC}, {**TOKEN, **CERTIFICATE}, {**BASIC, **CERTIFICATE}])
def test_several_are_set(env):
    """Nobody guesses who is meant; the error names those that are set and no secret."""
    with pytest.raises(ConfigurationError, match=r"are set: .* leave one of them") as caught:
        SpfSettings.load({}, env)

    assert "MARKER" not in str(caught.value)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"AZURE_RECOVERY_SPF_USERNAME": "operator"}, "AZURE_RECOVERY_SPF_PASSWORD.* must be set"),
        ({**BASIC, "AZURE_RECOVERY_SPF_USERNAME": "a:b"}, "AZURE_RECOVERY_SPF_USERNAME holds a colon"),
        ({"AZURE_RECOVERY_SPF_TOKEN": "MARKER\nMARKER"}, "AZURE_RECOVERY_SPF_TOKEN holds characters"),
        ({"AZURE_RECOVERY_SPF_TOKEN": "MARKERü"}, "AZURE_RECOVERY_SPF_TOKEN holds characters"),
    ],
)
def test_values_that_cannot_work(env, words):
    """The error names the setting and never its value."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        SpfSettings.load({}, env)

    assert "MARKER" not in str(caught.value)


@pytest.mark.parametrize(
    "env", [TOKEN, BASIC, {**CERTIFICATE, "AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PASSWORD": "MARKER"}]
)
def test_no_secret_is_shown(env):
    """A traceback or a log that shows the settings shows no secret."""
    settings = SpfSettings.load({"azure-recovery:computeApiVersion": "MARKER"}, env)

    assert "MARKER" not in f"{settings!r} {settings}"


@pytest.mark.parametrize(("base_url", "speed"), [("https://127.0.0.1:4443", "600"), ("https://spf:8090", "1")])
def test_speed(base_url, speed):
    """Time is made faster on this machine alone."""
    settings = SpfSettings.load({}, {**TOKEN, "AZURE_RECOVERY_SPEED": speed})

    assert float(speed) == settings.speed(service_root(base_url, SUBSCRIPTION))


def test_speed_for_a_service_elsewhere():
    """Faster looks would be looks too often at somebody's service."""
    settings = SpfSettings.load({}, {**TOKEN, "AZURE_RECOVERY_SPEED": "600"})

    with pytest.raises(
        ConfigurationError, match="AZURE_RECOVERY_SPEED is 600, but https://spf:8090 is not on this machine"
    ):
        settings.speed(service_root("https://spf:8090", SUBSCRIPTION))
