"""The network of report A0 in Keras, trained on noise; run by another interpreter that has TensorFlow.

Prints one JSON line: milliseconds per training example, and the process's peak memory.
"""

# mypy: disable-error-code="import-untyped, import-not-found, unused-ignore"

import json
import resource
import sys
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers, regularizers


def main(n_examples: int, batch_size: int, n_epochs: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    l2 = regularizers.L2(1e-3)
    network = keras.Sequential([
        keras.Input((128, 400, 1)),
        layers.Conv2D(32, (3, 3), activation="relu", kernel_regularizer=l2),
        layers.MaxPool2D((2, 4)),
        layers.Conv2D(32, (3, 5), activation="relu", kernel_regularizer=l2),
        layers.MaxPool2D((2, 4)),
        layers.Flatten(),
        layers.Dense(16, activation="relu", kernel_regularizer=l2),
        layers.Dropout(0.5),
        layers.Dense(8, activation="softmax"),
    ])  # fmt: skip
    network.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n_examples, 128, 400, 1)).astype(np.float32)
    y = rng.integers(0, 8, n_examples)
    libraries_mib = peak_mib()
    network.fit(x[:batch_size], y[:batch_size], batch_size=batch_size, verbose=0)  # builds the graph
    epochs_s = []
    for _ in range(n_epochs):
        begun_s = time.process_time()
        network.fit(x, y, batch_size=batch_size, verbose=0)
        epochs_s.append(time.process_time() - begun_s)
    ms = min(epochs_s) / n_examples * 1e3
    said = {"ms": ms, "peak_mib": peak_mib(), "libraries_mib": libraries_mib, "weights": network.count_params()}
    sys.stdout.write(json.dumps(said) + "\n")


def peak_mib() -> float:
    """Return the most memory that the process held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
