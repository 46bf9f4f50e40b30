"""hnswlib's own Python binding behind lines of JSON: the peer of the bench `hnsw`. One thread."""
import json
import sys
import time
from importlib.metadata import version

import hnswlib
import numpy

index = vectors = None


def create(file, dim, m, efConstruction, efSearch, seed):
    global index, vectors
    vectors = numpy.fromfile(file, dtype=numpy.float32).reshape(-1, dim)
    index = hnswlib.Index(space="ip", dim=dim)
    index.init_index(max_elements=len(vectors), M=m, ef_construction=efConstruction, random_seed=seed)
    index.set_num_threads(1)
    index.set_ef(efSearch)
    return {}


def add(first, last):
    """Adds the rows first to last - 1."""
    rows, labels = vectors[first:last], numpy.arange(first, last)
    start = time.perf_counter()
    index.add_items(rows, labels)
    return {"ms": (time.perf_counter() - start) * 1000}


def search(first, last, k):
    """Searches with each of the rows by itself."""
    found = []
    start = time.perf_counter()
    for row in range(first, last):
        found.append(index.knn_query(vectors[row], k=k)[0][0])
    ms = (time.perf_counter() - start) * 1000
    return {"ms": ms, "found": [[int(row) for row in rows] for rows in found]}


print(json.dumps({"name": f"hnswlib {version('hnswlib')} (Python)"}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(globals()[question.pop("do")](**question)), flush=True)
