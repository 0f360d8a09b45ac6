"""Components, explicit providers, configuration and secrets."""

import os

import pulumi
from recorder import Recorded

stage = os.environ["STAGE"]
config = pulumi.Config()


class Pair(pulumi.ComponentResource):
    """Two resources, one built from the other."""

    def __init__(self, name: str, size: int, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("composed:index:Pair", name, {"size": size}, opts)
        left = Recorded(f"{name}-left", opts=pulumi.ResourceOptions(parent=self))
        Recorded(f"{name}-right", value=left.computed, opts=pulumi.ResourceOptions(parent=self))
        self.left = left.computed
        self.register_outputs({"left": self.left, "member": left})


lane = pulumi.ProviderResource(
    "pulumi-python", "lane", {"composed:lane": stage, "composed:hidden": pulumi.Output.secret("lane-secret")}
)
pair = Pair("pair", 2 if stage == "first" else 3, pulumi.ResourceOptions(providers=[lane]))
Pair("other", 1)
token = config.require_secret("token")
secretive = Recorded(
    "secretive",
    value=token,
    nested={"open": 1, "closed": token, "list": [token, "plain"]},
    copies=config.require_int("copies"),
    regions=config.require_object("regions"),
    opts=pulumi.ResourceOptions(
        depends_on=[pair],
        additional_secret_outputs=["address"],
        custom_timeouts=pulumi.CustomTimeouts(create="1h30m", update="90s", delete="10s"),
    ),
)
pulumi.export("greeting", config.require("greeting"))
pulumi.export("token", token)
pulumi.export("address", secretive.address)
pulumi.export("left", pair.left)
