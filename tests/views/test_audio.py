from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np
import pytest
from scipy import signal
from scipy.io import wavfile

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Note, Wave
from bathyscope.views._sound import FRAME, RANGE_DB, read_wav, spectrogram
from bathyscope.views.audio import Audio

RATE = 8000


def _sweep(seconds: float = 0.5) -> Any:
    time = np.arange(int(seconds * RATE)) / RATE
    return 0.8 * np.sin(2 * np.pi * (200 + 1500 * time) * time)


def examples() -> dict[str, views.View]:
    noise = np.random.default_rng(0).normal(size=3000)
    return {
        "two sounds": views.audio(
            [_sweep(), noise], RATE, name="speech/generated", captions=["a rising tone", ""]
        ),
        "short": views.audio([0.1, -0.2, 0.3], RATE),
        "not finite": views.audio(np.append(_sweep(), [np.nan, np.inf]), RATE),
    }


def _encoded(samples: Any) -> bytes:
    file = io.BytesIO()
    wavfile.write(file, RATE, samples)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["u1", "<i2", "<i4", "<f4", "<f8"])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_of_a_wav_file_are_those_scipy_wrote(kind: str, channels: int) -> None:
    rng = np.random.default_rng(0)
    shape = (50,) if channels == 1 else (50, channels)
    if kind[-2] == "f":
        written = rng.uniform(-1, 1, shape).astype(kind)
        expected = written
    else:
        limits = np.iinfo(kind)
        written = rng.integers(limits.min, limits.max, shape, endpoint=True, dtype=kind)
        middle = 128.0 if kind == "u1" else 0.0
        expected = (written - middle) / 2.0 ** (8 * written.itemsize - 1)
    sound = read_wav(_encoded(written))
    assert sound.rate_hz == RATE and sound.samples.shape == shape
    assert np.allclose(sound.samples, expected, atol=1e-7)


def test_samples_of_24_bits() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 3, RATE, 0, "NONE", ""))
        writer.writeframes(b"\x00\x00\x80" + b"\x00\x00\x40" + b"\xff\xff\xff")
    assert np.allclose(read_wav(file.getvalue()).samples, [-1, 0.5, -(2.0**-23)])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"ID3 not a wav file at all", "no WAV file, it begins with b'ID3 '"),
        (b"RIFF\x00\x00\x00\x00WAVE", "without samples"),
        (b"RIFF\x00\x00\x00\x00WAVEdata\x00\x00\x00\x00", "does not say how"),
    ],
)
def test_what_is_no_wav_file_is_told(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_wav(data)


def test_the_spectrogram_is_that_of_scipy() -> None:
    samples = _sweep(1.0)
    hop = max(FRAME // 4, -(-len(samples) // 800))
    frequency, _, power = signal.stft(
        samples, RATE, window="hann", nperseg=FRAME, noverlap=FRAME - hop, boundary=None,
        padded=False, scaling="spectrum",
    )  # fmt: skip
    expected = 20 * np.log10(2 * np.abs(power))
    expected = np.maximum(expected, expected.max() - RANGE_DB)
    found = spectrogram(samples)
    assert found is not None and found.shape == (len(frequency), power.shape[1])
    assert np.allclose(found, expected, atol=1e-3)


def test_a_sine_of_full_scale_has_0_db_at_its_frequency() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)  # 1000 Hz is bin 64 of 512
    found = spectrogram(tone)
    assert found is not None
    assert (found.argmax(axis=0) == 64).all() and np.allclose(found.max(axis=0), 0, atol=0.01)


def test_samples_that_are_not_finite_are_counted() -> None:
    (panel,) = views.audio([np.full(800, np.nan)], 8000).figure().panels
    assert "Not finite: 800 NaN of 800 values." in panel.note


def test_a_panel_for_each_sound() -> None:
    panels = examples()["two sounds"].figure().panels
    assert [panel.title for panel in panels] == ["a rising tone", "sound 1"]
    assert all(isinstance(panel.marks[0], Wave) for panel in panels)
    assert "beyond full scale" in panels[1].note and "beyond" not in panels[0].note
    assert "Too short" in examples()["short"].figure().panels[0].note


def test_sounds_as_imported_and_as_recorded(run_writer: Any) -> None:
    writer = run_writer()
    encoded = np.frombuffer(_encoded((_sweep() * 32767).astype(np.int16)), np.uint8)
    broken = np.frombuffer(b"OggS and more", np.uint8)
    writer.log_arrays("audio/a", {"0": encoded, "1": broken}, step=4)
    writer.log_arrays("audio/b", {"0": np.zeros(100, np.float32)}, step=4)
    writer.log_table("audio/b", {"key": ["0"], "rate_hz": [50.0], "caption": ["slow"]}, step=4)
    run = bs.open(writer.path)
    view = run.audio("a")
    assert np.allclose(view.sounds[0].samples, _sweep(), atol=1e-4)
    assert "Sound 1 cannot be drawn: no WAV file" in view.figure().note
    assert run.audio("b").columns()["seconds"].tolist() == [2.0]
    assert [offer.title for offer in Audio.offers(run)] == ["Audio: a", "Audio: b"]


def test_nothing_to_draw_is_said(run_writer: Any) -> None:
    writer = run_writer()
    writer.log_arrays("audio/a", {"0": np.frombuffer(b"OggS", np.uint8)}, step=4)
    (mark,) = bs.open(writer.path).audio("a").figure().panels[0].marks
    assert isinstance(mark, Note) and "no WAV file" in mark.text


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: views.audio([], 8000), r"must have shape \(n_samples,\)"),
        (lambda: views.audio([0.0], 0), "`rate_hz` must be positive"),
        (lambda: views.audio([0.0], 8000, captions=["a", "b"]), r"one per sound \(1\)"),
    ],
)
def test_bad_input_is_told(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
