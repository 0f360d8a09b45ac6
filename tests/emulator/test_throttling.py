"""ARM's token buckets and Compute's windows."""

from __future__ import annotations


def test_bucket_empties_and_fills_again(make_azure):
    """Reads above the bucket are 429 with the seconds until the next token."""
    azure = make_azure(reads_bucket=3, reads_per_second=0.5)
    left = [azure.call("GET", azure.source).headers["x-ms-ratelimit-remaining-subscription-reads"] for _ in range(3)]

    refused = azure.call("GET", azure.source)
    azure.advance(seconds=1)
    early = azure.call("GET", azure.source)
    azure.advance(seconds=1)

    assert ["2", "1", "0"] == left
    assert (429, "SubscriptionRequestsThrottled") == azure.refusal(refused)
    assert ["2", "1"] == [refused.headers["retry-after"], early.headers["retry-after"]]
    assert 200 == azure.call("GET", azure.source).status_code


def test_kinds_have_buckets_of_their_own(make_azure):
    """An empty bucket of reads holds up neither writes nor deletes."""
    azure = make_azure(reads_bucket=0, reads_per_second=0)

    assert "199" == azure.make_target().headers["x-ms-ratelimit-remaining-subscription-writes"]
    assert "199" == azure.call("DELETE", azure.target).headers["x-ms-ratelimit-remaining-subscription-deletes"]
    assert 429 == azure.call("GET", azure.target).status_code


def test_status_polling_is_throttled_by_compute(azure):
    """45 looks at one operation in a window; then 429 with Compute's detail and when the window ends."""
    azure.make_target()
    url = azure.copy("daily-1").headers["azure-asyncoperation"]
    first = azure.follow(url)
    azure.advance(seconds=20)
    statuses = {azure.follow(url).status_code for _ in range(44)}

    refused = azure.follow(url)

    assert "Microsoft.Compute/GetOperationResource;44" == first.headers["x-ms-ratelimit-remaining-resource"]
    assert {200} == statuses
    assert (429, "OperationNotAllowed") == azure.refusal(refused)
    assert "GetOperationResource" == refused.json()["error"]["details"][0]["target"]
    assert "40" == refused.headers["retry-after"]
    azure.advance(seconds=40)
    assert 200 == azure.follow(url).status_code


def test_compute_limits_can_be_told_only(make_azure):
    """compute_limits=false keeps the headers and refuses nothing."""
    azure = make_azure(compute_limits=False)
    answers = [azure.make_target() for _ in range(17)]

    assert {201, 200} == {answer.status_code for answer in answers}
    assert (
        "Microsoft.Compute/PutRestorePointCollectionResource;0"
        == (answers[-1].headers["x-ms-ratelimit-remaining-resource"])
    )
