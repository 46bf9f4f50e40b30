"""Remakes density.json: density clusters by scikit-learn's own HDBSCAN, of unit vectors drawn here.

With scikit-learn 1.3 or newer and numpy, in the project's root:

    python3 test/references/clusters/make-reference.py

Where edges of the spanning tree are equally long, what HDBSCAN finds depends on the order of the vectors; such answers are
no reference, and left out.
"""

import base64
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.cluster import HDBSCAN

OPTIONS = [
    {"minClusterSize": 5, "minSamples": 5, "selection": "excess-of-mass"},
    {"minClusterSize": 12, "minSamples": 3, "selection": "excess-of-mass"},
    {"minClusterSize": 4, "minSamples": 8, "selection": "leaves"},
    {"minClusterSize": 3, "minSamples": 1, "selection": "excess-of-mass"},
]
METHODS = {"excess-of-mass": "eom", "leaves": "leaf"}


def unequal_clusters(random, dim):
    """Clusters of unequal size and spread, some within others, among vectors that lie anywhere."""
    sizes, spreads = [60, 40, 25, 25, 12, 8, 6], [0.5, 0.2, 0.1, 0.1, 0.3, 0.05, 0.6]
    centres = random.normal(size=(len(sizes), dim))
    centres[3] = centres[2] + 0.3 * random.normal(size=dim)
    parts = [c + s * random.normal(size=(n, dim)) for c, n, s in zip(centres, sizes, spreads)]
    return np.concatenate(parts + [random.normal(size=(40, dim))])


def far_apart(random, dim):
    """More vectors in each cluster than are looked up at first, so that clusters are joined from afar."""
    centres = 4 * random.normal(size=(5, dim))
    return np.concatenate([c + 0.2 * random.normal(size=(50, dim)) for c in centres])


def cluster(vectors, options):
    return HDBSCAN(
        min_cluster_size=options["minClusterSize"],
        min_samples=options["minSamples"],
        cluster_selection_method=METHODS[options["selection"]],
        algorithm="brute",
        copy=True,
    ).fit(vectors.astype(np.float64))


def partition(labels):
    first = {}
    return [-1 if label < 0 else first.setdefault(label, i) for i, label in enumerate(labels)]


def depends_on_order(vectors, options, labels):
    for seed in range(8):
        order = np.random.default_rng(seed).permutation(len(vectors))
        again = np.empty(len(vectors), int)
        again[order] = cluster(vectors[order], options).labels_
        if partition(again) != partition(labels):
            return True
    return False


def case(points):
    points = points[np.random.default_rng(9).permutation(len(points))]
    vectors = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    answers = []
    for options in OPTIONS:
        found = cluster(vectors, options)
        if depends_on_order(vectors, options, found.labels_):
            continue
        probabilities = [round(float(p), 6) for p in found.probabilities_]
        answers.append({"options": options, "labels": found.labels_.tolist(), "probabilities": probabilities})
    return {"dim": vectors.shape[1], "vectors": base64.b64encode(vectors.tobytes()).decode(), "answers": answers}


random = np.random.default_rng(7)
cases = [case(unequal_clusters(random, 3)), case(unequal_clusters(random, 16)), case(far_apart(random, 8))]
reference = {"by": f"scikit-learn {sklearn.__version__}", "cases": cases}
Path(__file__).with_name("density.json").write_text(json.dumps(reference) + "\n")
