"""k-means of faiss behind lines of JSON: the peer of the bench `kmeans`."""
import json
import sys
import time

import faiss
import numpy

vectors = None


def load(file, dim, threads):
    global vectors
    faiss.omp_set_num_threads(threads)
    vectors = numpy.fromfile(file, dtype=numpy.float32).reshape(-1, dim)
    return {}


def cluster(k, iterations, restarts, seed, file):
    """Clusters on the sphere, of all vectors, and writes the centroids."""
    options = {"niter": iterations, "nredo": restarts, "seed": seed, "spherical": True}
    limits = {"min_points_per_centroid": 1, "max_points_per_centroid": len(vectors)}
    start = time.perf_counter()
    kmeans = faiss.Kmeans(vectors.shape[1], k, **options, **limits)
    kmeans.train(vectors)
    ms = (time.perf_counter() - start) * 1000
    kmeans.centroids.astype(numpy.float32).tofile(file)
    return {"ms": ms}


print(json.dumps({"name": f"faiss {faiss.__version__} (Python)"}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(globals()[question.pop("do")](**question)), flush=True)
