"""What NVIDIA's own library says of the GPUs; nothing where there is none."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from typing import Any

_LIBRARIES = ("nvml.dll",) if os.name == "nt" else ("libnvidia-ml.so.1",)
_GPU_TEMPERATURE = 0
_LONGEST_NAME = 96


class _Utilization(ctypes.Structure):
    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))


class _Memory(ctypes.Structure):
    _fields_ = (
        ("total", ctypes.c_ulonglong),
        ("free", ctypes.c_ulonglong),
        ("used", ctypes.c_ulonglong),
    )


class Gpus:
    """The GPUs of this machine, through NVML. Without its library there are none."""

    def __init__(self) -> None:
        self._library = _load()
        self._handles = list(_handles(self._library)) if self._library is not None else []

    def __len__(self) -> int:
        return len(self._handles)

    def names(self) -> list[str]:
        """Give what each is called, such as ``"NVIDIA H100 80GB HBM3"``."""
        library: Any = self._library
        text = ctypes.create_string_buffer(_LONGEST_NAME)
        named: list[str] = []
        for handle in self._handles:
            is_good = _is_good(library.nvmlDeviceGetName, handle, text, _LONGEST_NAME)
            named.append(text.value.decode(errors="replace") if is_good else "")
        return named

    def driver(self) -> str:
        """Give the version of the driver; empty if there is none."""
        text = ctypes.create_string_buffer(_LONGEST_NAME)
        library: Any = self._library
        if library is None or not _is_good(library.nvmlSystemGetDriverVersion, text, _LONGEST_NAME):
            return ""
        return text.value.decode(errors="replace")

    def read(self) -> dict[str, float]:
        """Give utilization in percent, memory in bytes, power in watts, temperature in °C."""
        found: dict[str, float] = {}
        for index, handle in enumerate(self._handles):
            for name, value in self._one(handle):
                found[f"gpu{index}/{name}"] = value
        return found

    def _one(self, handle: ctypes.c_void_p) -> Iterator[tuple[str, float]]:
        library: Any = self._library
        busy, memory = _Utilization(), _Memory()
        power, heat = ctypes.c_uint(), ctypes.c_uint()
        if _is_good(library.nvmlDeviceGetUtilizationRates, handle, ctypes.byref(busy)):
            yield "utilization_percent", float(busy.gpu)
        if _is_good(library.nvmlDeviceGetMemoryInfo, handle, ctypes.byref(memory)):
            yield "memory_bytes", float(memory.used)
            yield "memory_percent", 100.0 * memory.used / memory.total if memory.total else 0.0
        if _is_good(library.nvmlDeviceGetPowerUsage, handle, ctypes.byref(power)):
            yield "power_watts", power.value / 1000
        if _is_good(library.nvmlDeviceGetTemperature, handle, _GPU_TEMPERATURE, ctypes.byref(heat)):
            yield "temperature_celsius", float(heat.value)


def _is_good(function: Callable[..., int], *arguments: Any) -> bool:
    """Call; what a device does not support is left out."""
    return function(*arguments) == 0


def _load() -> Any:
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
            if library.nvmlInit_v2() == 0:
                return library
        except (OSError, AttributeError):
            continue
    return None


def _handles(library: Any) -> Iterator[ctypes.c_void_p]:
    count = ctypes.c_uint()
    if not _is_good(library.nvmlDeviceGetCount_v2, ctypes.byref(count)):
        return
    for index in range(count.value):
        handle = ctypes.c_void_p()
        if _is_good(library.nvmlDeviceGetHandleByIndex_v2, index, ctypes.byref(handle)):
            yield handle
