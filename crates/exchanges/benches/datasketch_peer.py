"""The near-duplicate step with Python's datasketch, on the same rows as examples/near_duplicates.rs.

    pip install datasketch zstandard
    python3 datasketch_peer.py exchanges.jsonl.zst

Four-word shingles, eight permutations, four bands of two: the shape of the sketch's bands.
"""

import io
import json
import re
import sys
import time

import zstandard
from datasketch import MinHash, MinHashLSH

TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\w\s]")


def shingles(text):
    tokens = ["<n>" if t.isdigit() else t for t in TOKEN.findall(text.lower())]
    return {" ".join(tokens[i : i + 4]).encode() for i in range(len(tokens) - 3)} if len(tokens) >= 8 else set()


def main():
    with open(sys.argv[1], "rb") as file:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf-8")
        prompts = [json.loads(line).get("prompt") or "" for line in lines]
    start = time.perf_counter()
    hashes = []
    for prompt in prompts:
        parts = shingles(prompt)
        if not parts:
            hashes.append(None)
            continue
        sketch = MinHash(num_perm=8, seed=1)
        sketch.update_batch(list(parts))
        hashes.append(sketch)
    sketched = time.perf_counter() - start
    start = time.perf_counter()
    index = MinHashLSH(num_perm=8, params=(4, 2))
    for row, sketch in enumerate(hashes):
        if sketch is not None:
            index.insert(row, sketch)
    near = sum(1 for sketch in hashes if sketch is not None and len(index.query(sketch)) > 1)
    grouped = time.perf_counter() - start
    print(
        f"{len(prompts)} rows, {sum(h is not None for h in hashes)} with enough words: sketched in {sketched:.2f} s "
        f"({len(prompts) / sketched:.0f} rows/s), indexed and queried in {grouped:.2f} s; {near} rows have a near duplicate"
    )


main()
