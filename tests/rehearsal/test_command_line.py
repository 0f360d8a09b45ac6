from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from azure_recovery.rehearsal import cli


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["restore"],
        ["rehearse"],
        ["rehearse", ".", "--engine", "terraform"],
        ["rehearse", ".", "--speed", "0"],
        ["rehearse", ".", "--speed", "fast"],
        ["rehearse", ".", "--speed", "inf"],
        ["rehearse", ".", "--fault", "earthquake"],
        ["rehearse", ".", "--fault", "throttled:times=3"],
        ["rehearse", ".", "--faults-from", "yesterday"],
    ],
    ids=[
        "nothing",
        "unknown command",
        "no program",
        "unknown engine",
        "no speed",
        "a word for a speed",
        "no end",
        "unknown fault",
        "unknown key of a fault",
        "unknown phase",
    ],
)
def test_bad_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong command line ends with 2 and says what is wrong."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)

    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_a_folder_that_is_no_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without a program ends with 2 and one line."""
    assert cli.main(["rehearse", str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("file", "expected"), [("missing/report.json", "no such folder; make it first"), (".", "is a folder; name a file")]
)
def test_a_report_that_cannot_be_written(
    file: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A --json file that cannot be one is refused before anything runs."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n", encoding="utf-8")
    (tmp_path / "__main__.py").write_text("", encoding="utf-8")

    assert cli.main(["rehearse", str(tmp_path), "--json", str(tmp_path / file)]) == 2
    assert [f"azure-recovery rehearse: --json {tmp_path / file}: {expected}"] == capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("command", [["rehearse", "."], ["emulator"]])
def test_a_missing_extra(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the extra's packages one line says how to install them."""
    monkeypatch.setattr(cli, "_EXTRA", {"a_module_that_is_not_there": "a-distribution"})

    assert cli.main(command) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"azure-recovery {command[0]}: needs a-distribution; pip install 'azure-recovery[rehearsal]'"
    ]


def test_help_loads_nothing_that_is_not_needed() -> None:
    """`--help` imports neither Pulumi, nor gRPC, nor what serves the emulator."""
    program = (
        "import sys\n"
        "from azure_recovery.rehearsal import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'pulumi', 'grpc', 'rich', 'starlette', 'uvicorn', 'httpx', 'yaml'} & set(sys.modules)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout.splitlines()[-1] == "[]"
