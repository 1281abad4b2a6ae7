"""The names under which things are recorded: the vocabulary writers and readers share.

A writer (an integration) and a reader (a view) never import each other. They meet
here. ``<split>`` is a set of samples such as ``probe`` or ``test``; ``<parameter>``
and ``<layer>`` are names an adapter of ``models`` gave.

================================  =========================================================
scalars
``epoch``                         epochs completed at this step (maps steps to epochs)
``gradient_norm/<parameter>``     Euclidean norm of the gradient the optimizer was handed
``weight_norm/<parameter>``       Euclidean norm of the parameter at the same step
``update_norm/<parameter>``       Euclidean norm of the change the optimizer made
``gradient_mean/<parameter>``     mean of that gradient; so ``gradient_std/``, the standard
                                  deviation (of all values, not of a sample), ``gradient_zeros/``,
                                  the share of exact zeros, and ``gradient_nonfinite/``, the number
                                  of values that are NaN or infinite
``weight_mean/<parameter>``       the same of the parameter; and ``weight_std/``,
                                  ``weight_zeros/``, ``weight_nonfinite/``
``activation_mean/<layer>``       mean of a layer's outputs for the probe samples, and
                                  ``activation_std/``; ``activation_zeros/``, the share of exact
                                  zeros; ``activation_nonfinite/``, their number;
                                  ``activation_dead/``, the share of units that are 0 for every
                                  sample (a channel of a feature map is one unit)
``gradient_noise/scale``          the simple noise scale, in samples: `docs/watching.md`; and what
                                  it is estimated from, ``gradient_noise/squared_norm`` and
                                  ``gradient_noise/trace``
``shard/<what>/<parameter>``      sums over the part of a parameter that one process holds, of
                                  which the statistics above are made: `integrations/shards.py`
anything else                     the user's own metrics (``loss``, ``val_loss``, ...)
arrays                            one group per line, one tensor per key
``parameters``                    key: parameter name
``inputs/<split>``                keys: ``sample`` (ids), ``inputs`` or one key per input
``feature_maps/<split>``          key: layer name; shape (n_samples, ...)
``features/<split>``              key: ``sample``, and layer names of shape (n_samples, n_features)
``scores/<split>``                keys: ``sample`` and ``scores`` of shape (n_samples, n_classes)
``images/<name>``                 keys ``0``, ``1``, ...: shape (height, width[, channels])
``audio/<name>``                  keys ``0``, ``1``, ...: samples in [-1, 1] of shape (n,), or the
                                  bytes of a WAV file (uint8)
``tensors/<name>``                keys: one per tensor, of any shape
``meshes/<name>``                 keys: one per tensor of a mesh
tables
``predictions/<split>``           columns: sample, true, predicted, confidence, loss
``regression/<split>``            columns: sample, target, true, predicted, loss (the squared error,
                                  the mean over the sample's targets): one row per target
``shown/<split>``                 columns: sample, and ``text`` or one column per named feature:
                                  what to show a person instead of the model's own input;
                                  ``label`` colours maps where there is no truth
``feature_importance``            columns: feature, and one per way to measure its worth
``trials``                        columns: trial, state, values, ``params/<parameter>``
``histograms/<name>``             columns: left, right, count; ``step`` if one file holds many
                                  steps, ``tensor`` if it holds many tensors
``text/<name>``                   columns: text; ``step`` if one file holds many
``images/<name>``                 columns: key, caption: what is said of the images of that step
``audio/<name>``                  columns: key, rate_hz, caption: the same of sounds
``pr_curves/<name>``              columns: step, threshold, true_positives, false_positives, ...
``about``, ``artifacts``, ...     what another tool noted of a whole training, at step 0
events
``model``                         the layers and parameters, as `models.describe` gives them
``classes``                       ``split``, ``names``: the class names, in the order of the scores
``scores``                        ``split``, ``scores`` (probabilities, logits, independent),
                                  ``detected`` (whether that was read off the values), ``loss``
``environment``                   ``python``, ``platform``, ``cpus``, ``memory_bytes``, ``gpus``,
                                  ``gpu_driver``, ``packages`` (version by name), ``git`` (commit,
                                  branch, changed, untracked_files; None without a repository)
``note``                          ``text``: what was sampled or left out, or the user's own words
``fault``                         ``operation``, ``error``, ``message``: what could not be recorded
================================  =========================================================
"""

from __future__ import annotations

EPOCH = "epoch"
#: Mean loss of the batches since it was last recorded.
BATCH_LOSS = "batch/loss"
GRADIENT_NORM = "gradient_norm/"
WEIGHT_NORM = "weight_norm/"
UPDATE_NORM = "update_norm/"
#: What is known of each gradient and each weight: prefixes of scalars, in this order.
STATISTICS = ("norm", "mean", "std", "zeros", "nonfinite")
GRADIENT_STATISTICS = tuple(f"gradient_{what}/" for what in STATISTICS)
WEIGHT_STATISTICS = tuple(f"weight_{what}/" for what in STATISTICS)
#: What is read of a parameter at a step, in this order.
STEP_STATISTICS = (*GRADIENT_STATISTICS, *WEIGHT_STATISTICS, UPDATE_NORM)
#: What is known of the outputs of each layer for the probe samples.
ACTIVATION = "activation_"
ACTIVATION_STATISTICS = tuple(
    f"{ACTIVATION}{what}/" for what in ("mean", "std", "zeros", "nonfinite", "dead")
)
GRADIENT_NOISE = "gradient_noise/"
SHARD = "shard/"
SYSTEM = "system/"
#: Scalars with these prefixes belong to views of their own, not to the metrics view.
INTERNAL_SCALARS = (
    UPDATE_NORM,
    *GRADIENT_STATISTICS,
    *WEIGHT_STATISTICS,
    *ACTIVATION_STATISTICS,
    SHARD,
    SYSTEM,
)

PARAMETERS = "parameters"
INPUTS = "inputs/"
#: Arrays of inputs that are sounds: int16 of shape (n, longest), and how fast each one is.
SOUNDS = "sounds"
RATE_HZ = "rate_hz"
FEATURE_MAPS = "feature_maps/"
FEATURES = "features/"
SCORES = "scores/"
PREDICTIONS = "predictions/"
REGRESSION = "regression/"
SHOWN = "shown/"
FEATURE_IMPORTANCE = "feature_importance"
TRIALS = "trials"
HISTOGRAMS = "histograms/"
WEIGHT_HISTOGRAMS = f"{HISTOGRAMS}weight"
GRADIENT_HISTOGRAMS = f"{HISTOGRAMS}gradient"
TEXT = "text/"
IMAGES = "images/"
AUDIO = "audio/"
TENSORS = "tensors/"
MESHES = "meshes/"
PR_CURVES = "pr_curves/"

MODEL_EVENT = "model"
CLASSES_EVENT = "classes"
SCORES_EVENT = "scores"
NOTE_EVENT = "note"
FAULT_EVENT = "fault"

SAMPLE = "sample"
LABEL = "label"

#: Groups of arrays and tables (or, ending in ``/``, what they begin with) that have a view of
#: their own. All others are the user's: the views of tensors and of tables draw them.
ARRAYS_WITH_A_VIEW = (PARAMETERS, INPUTS, FEATURE_MAPS, FEATURES, SCORES, IMAGES, AUDIO, MESHES)
TABLES_WITH_A_VIEW = (
    PREDICTIONS, REGRESSION, SHOWN, FEATURE_IMPORTANCE, TRIALS, HISTOGRAMS, TEXT, IMAGES, AUDIO,
    PR_CURVES,
)  # fmt: skip
#: What another tool noted of a whole training: its step, 0, means nothing.
TABLES_OF_THE_RUN = ("about", "artifacts", "console", "files", "model_config", "summary")
