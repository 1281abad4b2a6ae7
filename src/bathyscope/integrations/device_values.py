"""Numbers that a device is still computing: sent on their way to the host, and read there later."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from bathyscope.integrations.values import check_number, float_from

#: Waits until the number is there, in any thread, and gives it.
Reader = Callable[[], float]


def send_to_host(value: Any, *, name: str) -> Reader | None:
    """Send a number on its way to the host, without waiting for it.

    What is done to the tensor afterwards changes nothing.

    Parameters
    ----------
    value : number, array or tensor
    name : str
        What it is called, for the error.

    Returns
    -------
    callable or None
        Waits for the number, and gives it; None if nothing has to be waited for.

    Raises
    ------
    TypeError, ValueError
        If it is not a single real number.
    """
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    if library == "keras" and hasattr(value, "value"):  # a variable: what it holds
        return send_to_host(value.value, name=name)
    send = _SENDERS.get(library)
    read = None if send is None else send(value)
    if read is None:
        return None
    check_number(value, name=name)
    return lambda: float_from(read(), name=name)


def _send_torch(value: Any) -> Callable[[], Any] | None:
    torch = sys.modules["torch"]
    # What a subclass holds, such as a tensor of many processes, only it knows.
    if type(value) not in (torch.Tensor, torch.nn.Parameter):
        return None
    if value.device.type in ("cpu", "meta") or value.is_complex() or value.dim():
        return None
    value = value.detach()
    if value.device.type != "cuda":
        kept = value.clone()  # read in another thread; only that one waits
        return lambda: kept
    # Only a copy into pinned memory is asynchronous.
    host = torch.empty((), dtype=value.dtype, pin_memory=True)
    host.copy_(value, non_blocking=True)
    arrival = torch.cuda.Event(blocking=True)
    arrival.record(torch.cuda.current_stream(value.device))

    def read() -> Any:
        arrival.synchronize()
        return host

    return read


def _send_jax(value: Any) -> Callable[[], Any] | None:
    # Dispatch is asynchronous on every device, the CPU too. Tracers have none of these.
    if not (hasattr(value, "is_ready") and hasattr(value, "copy_to_host_async")):
        return None
    if value.is_ready() and value.devices() and all(d.platform == "cpu" for d in value.devices()):
        return None
    value.copy_to_host_async()
    return lambda: value  # arrays never change


def _send_tensorflow(value: Any) -> Callable[[], Any] | None:
    if hasattr(value, "read_value"):  # a variable, which may change
        value = value.read_value()
    if not hasattr(value, "numpy") or "CPU" in str(getattr(value, "device", "CPU")).upper():
        return None
    return lambda: value  # tensors never change


_SENDERS: dict[str, Callable[[Any], Callable[[], Any] | None]] = {
    "torch": _send_torch,
    "jax": _send_jax,
    "jaxlib": _send_jax,
    "tensorflow": _send_tensorflow,
}
