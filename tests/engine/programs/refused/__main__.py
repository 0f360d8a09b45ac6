"""What this engine leaves to the CLI, one thing a stage."""

import os

import pulumi
from recorder import Recorded

Options = pulumi.ResourceOptions
base = Recorded("base", value="v")
match os.environ["STAGE"]:
    case "import":
        Recorded("x", Options(import_="some-id"))
    case "replace_on_changes":
        Recorded("x", Options(replace_on_changes=["value"]))
    case "deleted_with":
        Recorded("x", Options(deleted_with=base))
    case "transform":
        pulumi.runtime.register_resource_transform(lambda args: None)
    case "hook":
        Recorded("x", Options(hooks=pulumi.ResourceHookBinding(before_create=[lambda args: None])))
    case "stack-reference":
        pulumi.StackReference("other")
    case "invoke":
        pulumi.runtime.invoke("aws:index:getRegion", {})
    case "call":
        pulumi.runtime.call("aws:index:Bucket/policy", {}, base)
    case "package":
        pulumi.CustomResource("nowhere:index:Thing", "x", {})
    case "version":
        pulumi.require_pulumi_version(">=3.0.0")
