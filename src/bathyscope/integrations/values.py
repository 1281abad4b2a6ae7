"""Values of any framework, turned into floats, arrays and names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Joins the keys of nested mappings, and is the sign of hierarchy in metric names.
SEPARATOR = "/"
_PLAIN = frozenset((float, np.float64, np.float32))
_TEXT = frozenset((str,))


def scalars_from(values: Mapping[str, Any]) -> dict[str, float]:
    """Turn a mapping, nested or not, of numbers of any framework into names and floats.

    Parameters
    ----------
    values : mapping
        Numbers: Python's, NumPy scalars, 0-d arrays and tensors. A mapping within it gives
        names joined by ``/``.

    Raises
    ------
    TypeError, ValueError
        If something is not a single real number, naming it.
    """
    # What is flat and plain already, as nearly always, is found out by the quickest means.
    if (
        type(values) is dict
        and _PLAIN.issuperset(map(type, values.values()))
        and _TEXT.issuperset(map(type, values))
        and "" not in values
    ):
        return values
    return {name: float_from(value, name=name) for name, value in flat_from(values).items()}


def flat_from(values: Mapping[str, Any]) -> dict[str, Any]:
    """Join the names of nested mappings; what they name is left as it is.

    Raises
    ------
    TypeError, ValueError
        If a name is missing or given twice.
    """
    if not isinstance(values, Mapping):
        raise TypeError(
            f'`values` must map names to numbers, such as {{"loss": 0.1}}; got {_kind(values)}.'
        )
    flat: dict[str, Any] = {}
    for name, value in _flatten(values, ""):
        if name in flat:
            raise ValueError(f"`values` gives `{name}` twice; use one name per number.")
        flat[name] = value
    return flat


def float_from(value: Any, *, name: str) -> float:
    """Turn one number of any framework into a float.

    Parameters
    ----------
    value : number, NumPy scalar, or array or tensor without dimensions
    name : str
        What it is called, for the error.
    """
    check_number(value, name=name)
    try:
        return float(_to_python(value))
    except OverflowError as error:
        raise ValueError(f"`{name}` must fit into double precision; got {value!r}.") from error
    except (AttributeError, TypeError, ValueError, NotImplementedError) as error:
        raise _no_number(value, name) from error


def check_number(value: Any, *, name: str) -> None:
    """Refuse what is not one real number, as far as that shows without reading it."""
    if value is None or isinstance(value, (str, bytes, complex, np.complexfloating)):
        raise _no_number(value, name)
    shape = getattr(value, "shape", ())
    if _rank(shape) != 0:
        raise ValueError(
            f"`{name}` must be one number; got {_kind(value)} of shape {tuple(shape)}. "
            "Reduce it first, for instance by its mean, or record it with `log_arrays`."
        )
    if np.ma.is_masked(value):  # beneath the mask there is a number, which is none
        raise _no_number(value, name)


def from_single(value: float | str) -> float:
    """Give what somebody wrote of whose number single precision is left: 0.001, and no more digits.

    Parameters
    ----------
    value : float or str
        As exact as it is kept, or with more digits.
    """
    return float(str(np.float32(value)))


def array_from(value: Any, *, name: str) -> NDArray[Any]:
    """Turn an array, tensor or list of any framework into a NumPy array.

    Parameters
    ----------
    value : array, tensor, data frame or nested list
    name : str
        What it is called, for the error.
    """
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if np.ma.is_masked(value):
        raise ValueError(
            f"`{name}` must be an array without a mask; got one that masks "
            f"{np.ma.count_masked(value)} of {value.size} numbers. Fill them first, as "
            "`filled(float('nan'))` does."
        )
    try:
        array = np.asarray(value)
    except Exception as error:
        raise TypeError(
            f"`{name}` must be an array; got {_kind(value)} ({error}). "
            "Pass numbers of one shape per sample."
        ) from error
    if array.dtype == object:
        raise TypeError(
            f"`{name}` must hold numbers of one shape per sample; got {_kind(value)} of mixed "
            "things. Pad samples to one length, or convert them first."
        )
    return array


def _flatten(values: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        name = str(key)
        if not name:
            raise ValueError("`values` must have names; got an empty one.")
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}{SEPARATOR}")
        else:
            yield prefix + name, value


def _to_python(value: Any) -> Any:
    if type(value).__module__.startswith("keras."):  # a variable: what it holds
        value = value.value
    if hasattr(value, "detach"):  # torch: a tensor that requires gradients converts only detached
        value = value.detach()
    if hasattr(value, "item"):
        return value.item()
    if hasattr(value, "numpy"):  # TensorFlow
        return value.numpy()
    return value


def _rank(shape: Any) -> int:
    try:
        return len(shape)
    except (TypeError, ValueError):  # a symbolic tensor of unknown rank
        return -1


def _kind(value: Any) -> str:
    if isinstance(value, (str, bytes)):
        return f"{type(value).__name__} {value[:40]!r}"
    if value is None:
        return "None"
    module = type(value).__module__.partition(".")[0]
    name = type(value).__name__
    return name if module in ("builtins", "") else f"{module}.{name}"


def _no_number(value: Any, name: str) -> TypeError:
    hint = _hint(value)
    return TypeError(f"`{name}` must be one real number; got {_kind(value)}.{hint and ' '}{hint}")


def _hint(value: Any) -> str:
    if isinstance(value, (str, bytes)):
        return "Words go to `note`, or to `config`."
    if value is None or np.ma.is_masked(value):
        return "Leave out what was not measured."
    if isinstance(value, (complex, np.complexfloating)):
        return "Record its real and imaginary parts."
    if hasattr(value, "result"):  # a metric of Keras
        return "Record what its `result()` gives."
    return ""
