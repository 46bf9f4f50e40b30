"""faiss's exact index behind lines of JSON: the peer of the bench `audit`."""
import json
import resource
import sys
import time

import faiss
import numpy

# As many queries at a time as faiss itself takes for a block: all answers at once would be more than a gigabyte.
BLOCK = 4096

vectors = labels = None


def load(file, labelFile, dim, threads):
    global vectors, labels
    vectors = numpy.fromfile(file, dtype=numpy.float32).reshape(-1, dim)
    labels = numpy.fromfile(labelFile, dtype=numpy.int32)
    faiss.omp_set_num_threads(threads)
    return {}


def audit(ks):
    """Searches every vector among all others; the recall is counted beside the time."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    hits = numpy.zeros(len(ks), dtype=int)
    ms = 0.0
    start = time.perf_counter()
    index.add(vectors)
    ms += (time.perf_counter() - start) * 1000
    for first in range(0, len(vectors), BLOCK):
        start = time.perf_counter()
        found = index.search(vectors[first : first + BLOCK], max(ks) + 1)[1]
        ms += (time.perf_counter() - start) * 1000
        hits += count_hits(found, first, ks)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {"ms": ms, "peakMb": peak, "recall": {k: int(hit) / len(vectors) for k, hit in zip(ks, hits)}}


def count_hits(found, first, ks):
    queries = numpy.arange(first, first + len(found))
    itself = found == queries[:, None]
    same = (labels[found] == labels[queries][:, None]) & ~itself
    # Its own place counts for none of the k: what comes after it moves up.
    rank = numpy.cumsum(~itself, axis=1)
    return numpy.array([((rank <= k) & same).any(axis=1).sum() for k in ks])


print(json.dumps({"name": f"faiss {faiss.__version__} IndexFlatIP (Python)"}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(globals()[question.pop("do")](**question)), flush=True)
