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


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (
            {"spfClientCertificatePath": "a.pfx", "spfClientCertificatePassword": "b", "spfCaBundlePath": "c.pem"},
            {"certificate": "a.pfx", "certificate_password": "b", "ca_bundle": "c.pem"},
        ),
        ({"spfToken": "d"}, {"token": "d"}),
        ({"spfUsername": "e", "spfPassword": "f"}, {"username": "e", "password": "f"}),
    ],
)
def test_each_setting(given, read):
    """It is read under both of its names, that of the configuration and that of the environment."""
    config = {f"azure-recovery:{name}": value for name, value in given.items()}
    env = {f"AZURE_RECOVERY_{re.sub(r'(?=[A-Z])', '_', name).upper()}": value for name, value in given.items()}
    fields = ("certificate", "certificate_password", "token", "username", "password", "ca_bundle")

    for settings in (SpfSettings.load(config, {}), SpfSettings.load({}, env)):
        assert read == {name: setting.value for name in fields if (setting := getattr(settings, name)).value}


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
