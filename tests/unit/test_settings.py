"""Which Azure, which subscription and which identity."""

from __future__ import annotations

import pytest

from azure_recovery.rest import clouds
from azure_recovery.rest.errors import ConfigurationError
from azure_recovery.rest.logins import AuthMethod
from azure_recovery.rest.settings import AzureSettings

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
TENANT = "00000000-0000-0000-0000-0000000000aa"
CLIENT = "00000000-0000-0000-0000-0000000000cc"
BASE = {"ARM_SUBSCRIPTION_ID": SUBSCRIPTION}
IDENTITY = {**BASE, "ARM_TENANT_ID": TENANT, "ARM_CLIENT_ID": CLIENT}
LOOPBACK = {
    **BASE,
    "ARM_RESOURCE_MANAGER_ENDPOINT": "http://127.0.0.1:8080",
    "ARM_RESOURCE_MANAGER_AUDIENCE": "https://management.azure.com/",
    "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": "https://login.microsoftonline.com/",
}


def test_rehearsal():
    """The environment that a rehearsal sets is a custom cloud on loopback with a managed identity."""
    settings = AzureSettings.load(
        {}, {**LOOPBACK, "ARM_USE_MSI": "true", "ARM_TENANT_ID": TENANT, "AZURE_RECOVERY_SPEED": "600"}
    )

    assert "http://127.0.0.1:8080" == settings.cloud.endpoint
    assert "https://management.azure.com/.default" == settings.cloud.scope
    assert "login.microsoftonline.com" == settings.cloud.authority
    assert AuthMethod.MANAGED_IDENTITY is settings.login.method
    assert (600.0, SUBSCRIPTION, TENANT) == (settings.speed, settings.subscription_id, settings.tenant_id)


def test_nothing_is_set():
    """Without any setting it is the public cloud through the Azure CLI, which knows a default subscription."""
    settings = AzureSettings.load({}, {})

    assert clouds.PUBLIC is settings.cloud
    assert AuthMethod.CLI is settings.login.method
    assert ("", "", 1.0) == (settings.subscription_id, settings.tenant_id, settings.speed)


def test_configuration_before_environment():
    """As in azure-native, the stack's configuration wins over the environment, and an empty value is none."""
    other = "00000000-0000-0000-0000-000000000002"

    assert other == AzureSettings.load({"azure-native:subscriptionId": other}, BASE).subscription_id
    assert SUBSCRIPTION == AzureSettings.load({"azure-native:subscriptionId": " "}, BASE).subscription_id


@pytest.mark.parametrize(
    ("config", "env", "cloud"),
    [
        ({"azure-native:environment": "USGovernment"}, {"ARM_ENVIRONMENT": "china"}, clouds.US_GOVERNMENT),
        ({}, {"ARM_ENVIRONMENT": "china", "AZURE_ENVIRONMENT": "public"}, clouds.CHINA),
        ({}, {"AZURE_ENVIRONMENT": "AzureUSGovernment"}, clouds.US_GOVERNMENT),
        ({"azure-native:metadataHost": "management.azure.com"}, {}, clouds.PUBLIC),
    ],
)
def test_which_cloud(config, env, cloud):
    """The cloud is found under azure-native's names, in its order."""
    assert cloud is AzureSettings.load(config, env).cloud


EVERYTHING = {
    **IDENTITY,
    "ARM_USE_DEFAULT_AZURE_CREDENTIAL": "true",
    "ARM_CLIENT_CERTIFICATE_PATH": "/certificate.pem",
    "ARM_CLIENT_SECRET": "MARKER",
    "ARM_USE_OIDC": "true",
    "ARM_OIDC_TOKEN": "MARKER",
    "ARM_USE_MSI": "true",
}


SWITCHES = {
    "ARM_USE_DEFAULT_AZURE_CREDENTIAL": AuthMethod.DEFAULT,
    "ARM_CLIENT_CERTIFICATE_PATH": AuthMethod.CERTIFICATE,
    "ARM_CLIENT_SECRET": AuthMethod.SECRET,
    "ARM_USE_OIDC": AuthMethod.OIDC,
    "ARM_USE_MSI": AuthMethod.MANAGED_IDENTITY,
}


def test_order_of_the_ways_to_log_in():
    """Default credential, certificate, secret, OIDC, managed identity: the first that is configured; else the CLI."""
    env = dict(EVERYTHING)
    for switch, method in SWITCHES.items():
        assert method is AzureSettings.load({}, env).login.method
        del env[switch]

    assert AuthMethod.CLI is AzureSettings.load({}, env).login.method


@pytest.mark.parametrize(
    ("env", "field", "value"),
    [
        ({"ARM_OIDC_TOKEN": "t", "ARM_OIDC_TOKEN_FILE_PATH": "/f"}, "oidc_token", "t"),
        ({"ARM_OIDC_TOKEN_FILE_PATH": "/f", "ARM_OIDC_REQUEST_URL": "https://x.example"}, "oidc_token_file", "/f"),
        (
            {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.example/?a=b", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "r"},
            "oidc_request_url",
            "https://x.example/?a=b",
        ),
    ],
)
def test_source_of_oidc_tokens(env, field, value):
    """A token goes before a file, and a file before a pipeline's service."""
    login = AzureSettings.load({}, {**IDENTITY, "ARM_USE_OIDC": "true", **env}).login
    sources = ("oidc_token", "oidc_token_file", "oidc_request_url")

    assert {**dict.fromkeys(sources, ""), field: value} == {name: getattr(login, name) for name in sources}


def test_auxiliary_tenants():
    """Auxiliary tenants are a JSON list."""
    login = AzureSettings.load({"azure-native:auxiliaryTenantIds": f'["{TENANT}"]'}, BASE).login

    assert (TENANT,) == login.auxiliary_tenant_ids


def test_api_versions():
    """The two trains of Compute are set apart from each other."""
    settings = AzureSettings.load(
        {"azure-recovery:computeApiVersion": "2024-11-01"}, {"AZURE_RECOVERY_DISK_API_VERSION": "2024-03-02"}
    )

    assert ("2024-11-01", "2024-03-02") == (settings.compute_api_version, settings.disk_api_version)


def _without(env, *names):
    return {name: value for name, value in env.items() if name not in names}


@pytest.mark.parametrize(
    ("config", "env", "names"),
    [
        pytest.param({}, {"ARM_USE_MSI": "true"}, ["azure-native:subscriptionId", "ARM_SUBSCRIPTION_ID"], id="no id"),
        pytest.param({}, {"ARM_SUBSCRIPTION_ID": "production"}, ["ARM_SUBSCRIPTION_ID", "GUID"], id="name for an id"),
        pytest.param({"azure-native:subscriptionId": "x"}, {}, ["azure-native:subscriptionId"], id="in the config"),
        pytest.param({"azure-native:environment": "german"}, {}, ["azure-native:environment", "'german'"], id="cloud"),
        pytest.param({}, {"ARM_METADATA_HOSTNAME": "x.example"}, ["ARM_METADATA_HOSTNAME"], id="metadata host"),
        pytest.param(
            {},
            _without(LOOPBACK, "ARM_RESOURCE_MANAGER_AUDIENCE"),
            ["ARM_RESOURCE_MANAGER_AUDIENCE"],
            id="half a cloud",
        ),
        pytest.param(
            {},
            {**LOOPBACK, "ARM_RESOURCE_MANAGER_ENDPOINT": "http://management.example"},
            ["ARM_RESOURCE_MANAGER_ENDPOINT", "https"],
            id="token in the clear",
        ),
        pytest.param(
            {},
            {**LOOPBACK, "ARM_RESOURCE_MANAGER_ENDPOINT": "http://127.0.0.1.example"},
            ["ARM_RESOURCE_MANAGER_ENDPOINT", "https"],
            id="not quite loopback",
        ),
        pytest.param(
            {}, {**LOOPBACK, "ARM_RESOURCE_MANAGER_ENDPOINT": "https://x.example/arm"}, ["endpoint"], id="path"
        ),
        pytest.param(
            {},
            {**LOOPBACK, "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": "http://login.example"},
            ["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"],
            id="authority in the clear",
        ),
        pytest.param({}, {**BASE, "AZURE_RECOVERY_SPEED": "600"}, ["AZURE_RECOVERY_SPEED", "Azure"], id="fast Azure"),
        pytest.param({}, {**LOOPBACK, "AZURE_RECOVERY_SPEED": "fast"}, ["AZURE_RECOVERY_SPEED"], id="speed"),
        pytest.param({}, {**LOOPBACK, "AZURE_RECOVERY_SPEED": "0"}, ["AZURE_RECOVERY_SPEED"], id="standing still"),
        pytest.param({}, {**LOOPBACK, "AZURE_RECOVERY_SPEED": "inf"}, ["AZURE_RECOVERY_SPEED"], id="endless speed"),
        pytest.param({}, {**BASE, "ARM_USE_MSI": "yes"}, ["ARM_USE_MSI", "'yes'", "true or false"], id="yes"),
        pytest.param(
            {},
            {**BASE, "ARM_CLIENT_SECRET": "MARKER"},
            ["azure-native:clientId", "azure-native:tenantId", "client secret"],
            id="secret alone",
        ),
        pytest.param(
            {},
            {**_without(IDENTITY, "ARM_TENANT_ID"), "ARM_CLIENT_CERTIFICATE_PATH": "/c"},
            ["ARM_TENANT_ID"],
            id="cert",
        ),
        pytest.param({}, {**IDENTITY, "ARM_USE_OIDC": "true"}, ["ARM_OIDC_TOKEN", "oidcRequestUrl"], id="no token"),
        pytest.param(
            {},
            {
                **IDENTITY,
                "ARM_USE_OIDC": "true",
                "ARM_OIDC_REQUEST_URL": "http://x.example/MARKER",
                "ARM_OIDC_REQUEST_TOKEN": "MARKER",
            },
            ["ARM_OIDC_REQUEST_URL", "https"],
            id="request token in the clear",
        ),
        pytest.param(
            {},
            {
                **IDENTITY,
                "ARM_USE_OIDC": "true",
                "ARM_OIDC_REQUEST_URL": "https://[MARKER/x",
                "ARM_OIDC_REQUEST_TOKEN": "MARKER",
            },
            ["ARM_OIDC_REQUEST_URL", "https"],
            id="request URL that is none",
        ),
        pytest.param(
            {}, {**LOOPBACK, "ARM_RESOURCE_MANAGER_ENDPOINT": "https://[bad"}, ["https://[bad"], id="open bracket"
        ),
        pytest.param({}, {**BASE, "ARM_AUXILIARY_TENANT_IDS": "a;b"}, ["ARM_AUXILIARY_TENANT_IDS"], id="tenants"),
        pytest.param(
            {"azure-recovery:computeApiVersion": "latest"}, {}, ["azure-recovery:computeApiVersion"], id="api version"
        ),
    ],
)
def test_settings_that_cannot_work(config, env, names):
    """Each bad or missing setting is one line that names it where the user wrote it, and shows no secret."""
    with pytest.raises(ConfigurationError) as caught:
        AzureSettings.load(config, env)

    said = str(caught.value)
    assert [] == [name for name in names if name not in said]
    assert "\n" not in said
    assert "MARKER" not in said


@pytest.mark.parametrize("host", ["https://[::1]:8443", "http://localhost:1", "http://127.9.9.9"])
def test_loopback_in_all_its_forms(host):
    """What is on this machine may be plain http and may be fast."""
    env = {**LOOPBACK, "ARM_RESOURCE_MANAGER_ENDPOINT": host, "AZURE_RECOVERY_SPEED": "600"}

    assert 600.0 == AzureSettings.load({}, env).speed


def test_settings_in_a_log():
    """No secret is in the repr of settings."""
    secrets = {
        "ARM_CLIENT_SECRET": "MARKER",
        "ARM_CLIENT_CERTIFICATE_PASSWORD": "MARKER",
        "ARM_OIDC_TOKEN": "MARKER",
        "ARM_OIDC_REQUEST_TOKEN": "MARKER",
        "ARM_OIDC_REQUEST_URL": "https://x.example/?MARKER",
    }
    request = {name: secrets[name] for name in ("ARM_OIDC_REQUEST_TOKEN", "ARM_OIDC_REQUEST_URL")}
    for chosen in (secrets, {**secrets, "ARM_CLIENT_CERTIFICATE_PATH": "/c"}, {"ARM_USE_OIDC": "true", **request}):
        settings = AzureSettings.load({}, {**IDENTITY, **chosen})

        assert "MARKER" not in repr(settings)
