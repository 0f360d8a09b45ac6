"""Other shapes of the backup service's answers, for the requests that a fault strikes.

A setting says how all answers are written. Under one of these faults it has another value for a while, or for one
request: the service has been seen to write the same thing in two ways within one restore.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from azure_recovery.emulator.fault_kinds import Parameter
from azure_recovery.emulator.setting import SettingsError
from azure_recovery.emulator.settings import Settings

_SETTINGS: Final = {
    "status-path": ("backup_status_scope", "scope"),
    "job-id-form": ("job_id_form", "form"),
    "operation-word": ("backup_running_status", "word"),
    "no-end-time": ("year_one_end_time", ""),
    "job-word": ("job_running_status", "word"),
    "no-nulls": ("explicit_nulls", ""),
    "no-details": ("jobs_listed_with_details", ""),
    "other-job-id": ("job_answers_other_id", ""),
    "bytes-spelling": ("data_transferred_member", "member"),
    "source-casing": ("data_source_member", "member"),
}
"""Fault → the setting that it changes, and the key that says to what; without one a flag is turned over."""

NAMES: Final = tuple(_SETTINGS)


def wrong(name: str, parameters: Mapping[str, Parameter]) -> str:
    """Return why a fault cannot be as it is asked for, or ""."""
    if name not in _SETTINGS:
        return ""
    try:
        _changed(Settings(), name, parameters)
    except SettingsError as error:
        return str(error)
    return ""


def changed(settings: Settings, struck: Iterable[tuple[str, Mapping[str, Parameter]]]) -> Settings:
    """Return *settings* as the faults, name and parameters, that strike a request leave them."""
    for name, parameters in struck:
        if name in _SETTINGS:
            settings = _changed(settings, name, parameters)
    return settings


def _changed(settings: Settings, name: str, parameters: Mapping[str, Parameter]) -> Settings:
    setting, key = _SETTINGS[name]
    value = parameters[key] if key else not Settings().flag(setting)
    return Settings(settings.as_dict(), {setting: value})
