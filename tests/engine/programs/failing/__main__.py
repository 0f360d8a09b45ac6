"""Resources that fail, end unfinished or take their time."""

import os

import pulumi
from recorder import Recorded

stage = os.environ["STAGE"]
hold = os.environ.get("HOLD")
unfinished = {"unfinished": ["create"], "still-unfinished": ["update"]}.get(stage, [])
match stage:
    case "unfinished" | "still-unfinished" | "finished":
        made = Recorded("made", value="v", unfinished=unfinished)
        Recorded("user", value=made.computed)
    case "large-unfinished":
        Recorded("made", value="v" * 500_000, unfinished=["create"])
    case "changed-unfinished":
        Recorded("made", value="w", unfinished=["update"])
    case "healthy" | "unhealthy":
        Recorded("made", value="v", unfinished=["read"] if stage == "unhealthy" else [])
    case "broken":
        good = Recorded("good", value="v")
        bad = Recorded("bad", value="v", fail=["create"], opts=pulumi.ResourceOptions(depends_on=[good]))
        Recorded("never", value="v", opts=pulumi.ResourceOptions(depends_on=[bad]))
    case "refused":
        Recorded("wrong", value="refused")
    case "refused-secret":
        Recorded("wrong", value=pulumi.Output.secret("refused"))
    case "held":
        Recorded("slow", value="v", hold=hold)
        Recorded("later", value="v", opts=pulumi.ResourceOptions(depends_on=[Recorded("slow2", value="v", hold=hold)]))
    case "crash":
        Recorded("good", value="v")
        raise ValueError("the program is wrong")
    case "exit":
        Recorded("good", value="v")
        os._exit(3)
