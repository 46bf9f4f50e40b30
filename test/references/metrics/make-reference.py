"""Writes metrics.json: figures of retrieval and of clusterings by their definitions, on seeded data.

Retrieval follows pytorch-metric-learning's AccuracyCalculator (queries that nothing can match are left out of precision@1,
R-precision and MAP@R) and the paper's own evaluation (squared Euclidean distance, every query counts). Neighbours come from
faiss where no two similarities are equal, and are checked against sorting; where there are ties, from sorting, ties by lower
index. Labelings follow scikit-learn. Needs numpy, scikit-learn and faiss: python3-sklearn and python3-faiss of Debian.
"""

import json
from pathlib import Path

import faiss
import numpy as np
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score
from sklearn.metrics.cluster import pair_confusion_matrix

KS = [1, 2, 4, 8, 100]


def unequal_labels(rng, count):
    """Class sizes that fall off, with singletons among them."""
    sizes = []
    while sum(sizes) < count:
        sizes.append(int(min(1 + rng.exponential(6), count - sum(sizes))))
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return rng.permutation(labels)


def unit_vectors(rng, labels, dim):
    centres = rng.standard_normal((labels.max() + 1, dim))
    vectors = centres[labels] + 0.9 * rng.standard_normal((len(labels), dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def tied_vectors(rng, count):
    """Unit vectors whose products are exact in floating point, so that many are equal: signs of a half, and axes."""
    signs = rng.choice([-0.5, 0.5], (count, 4))
    axes = np.eye(4)[rng.integers(4, size=count)] * rng.choice([-1, 1], (count, 1))
    return np.where(rng.random((count, 1)) < 0.7, signs, axes).astype(np.float32)


def ranked(queries, references, among):
    """All references of each query, nearest first, by cosine in double precision; ties by lower index."""
    similarity = queries.astype(np.float64) @ references.astype(np.float64).T
    if among:
        np.fill_diagonal(similarity, -np.inf)
    order = np.argsort(-similarity, axis=1, kind="stable")
    return order[:, :-1] if among else order


def check_against_faiss(order, queries, references, among):
    index = faiss.IndexFlatIP(references.shape[1])
    index.add(references)
    _, found = index.search(queries, len(references))
    rows = [[i for i in row if not (among and i == query)] for query, row in enumerate(found)]
    assert (np.array(rows) == order).all()


def check_against_the_papers_distance(order, queries, references, among):
    """The paper ranks by squared Euclidean distance of unit vectors, which is the same order."""
    distance = ((queries[:, None].astype(np.float64) - references[None].astype(np.float64)) ** 2).sum(-1)
    if among:
        np.fill_diagonal(distance, np.inf)
    nearest = distance[np.arange(len(queries)), order[:, 0]]
    assert np.allclose(nearest, distance.min(axis=1), atol=1e-6)


def retrieval(vectors, labels, references=None, reference_labels=None, tied=False):
    among = references is None
    others = vectors if among else references
    other_labels = labels if among else reference_labels
    order = ranked(vectors, others, among)
    if not tied:
        check_against_faiss(order, vectors, others, among)
    check_against_the_papers_distance(order, vectors, others, among)
    same = other_labels[order] == labels[:, None]
    sizes = np.array([(other_labels == label).sum() - among for label in labels])
    matched = sizes > 0
    relevant = np.arange(1, same.shape[1] + 1)[None] <= sizes[:, None]
    precision = np.cumsum(same, axis=1) / np.arange(1, same.shape[1] + 1)
    r_precision = (same & relevant).sum(1)[matched] / sizes[matched]
    average = (precision * same * relevant).sum(1)[matched] / sizes[matched]
    return {
        "recall": {k: float(same[:, :k].any(1).mean()) for k in KS},
        "precision": {k: float((same[:, :k].sum(1) / k).mean()) for k in KS},
        "precisionAt1OfMatched": float(same[matched, 0].mean()),
        "rPrecision": float(r_precision.mean()),
        "mapAtR": float(average.mean()),
        "queriesWithoutMatch": int((~matched).sum()),
    }


def labelings(classes, clusters):
    (_, one), (other, both) = pair_confusion_matrix(classes, clusters)
    precision, recall = both / max(both + one, 1), both / max(both + other, 1)
    return {
        "classes": classes.tolist(),
        "clusters": clusters.tolist(),
        "nmiGeometric": normalized_mutual_info_score(classes, clusters, average_method="geometric"),
        "nmiArithmetic": normalized_mutual_info_score(classes, clusters, average_method="arithmetic"),
        "ami": adjusted_mutual_info_score(classes, clusters),
        "pairPrecision": float(precision),
        "pairRecall": float(recall),
        "pairF1": float(2 * precision * recall / max(precision + recall, 1e-300)),
    }


def main():
    rng = np.random.default_rng(1809)
    labels = unequal_labels(rng, 150)
    vectors = unit_vectors(rng, labels, 6)
    split = 60
    tied_labels = unequal_labels(rng, 140)
    tied = tied_vectors(rng, 140)
    listed = lambda array: [float(value) for value in array.ravel()]
    sets = {
        "open, unequal classes and singletons": {
            "dim": 6,
            "queries": listed(vectors),
            "queryLabels": labels.tolist(),
            "figures": retrieval(vectors, labels),
        },
        "queries in a gallery": {
            "dim": 6,
            "queries": listed(vectors[:split]),
            "queryLabels": labels[:split].tolist(),
            "references": listed(vectors[split:]),
            "referenceLabels": labels[split:].tolist(),
            "figures": retrieval(vectors[:split], labels[:split], vectors[split:], labels[split:]),
        },
        "open, with ties": {
            "dim": 4,
            "queries": listed(tied),
            "queryLabels": tied_labels.tolist(),
            "figures": retrieval(tied, tied_labels, tied=True),
        },
    }
    mixed = np.where(rng.random(150) < 0.4, rng.integers(0, 25, 150), labels)
    large = unequal_labels(rng, 2000)
    pairs = {
        "a clustering that is often right": labelings(labels, mixed),
        "a clustering by chance": labelings(labels, rng.permutation(labels)),
        "one cluster": labelings(labels, np.zeros(150, int)),
        "each its own cluster": labelings(labels, np.arange(150)),
        "the classes under other names": labelings(labels, 500 - labels),
        "hundreds of classes": labelings(large, np.where(rng.random(2000) < 0.5, rng.integers(0, 300, 2000), large)),
        "one class, many clusters": labelings(np.zeros(30, int), rng.integers(0, 4, 30)),
        "one class, one cluster": labelings(np.zeros(9, int), np.zeros(9, int)),
    }
    path = Path(__file__).with_name("metrics.json")
    path.write_text(json.dumps({"retrieval": sets, "labelings": pairs}, separators=(",", ":")) + "\n")


main()
