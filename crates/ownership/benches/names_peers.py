"""The same labelled pairs through nomenklatura's logic-v2 and rapidfuzz, in one run with our own matcher.

    python3 -m venv V && V/bin/pip install nomenklatura rapidfuzz
    cargo build --release -p ownership --example name_scores
    V/bin/python crates/ownership/benches/names_peers.py TARGET/release/examples/name_scores PAIRS.csv...

Entities get fresh ids for every pair, since logic-v2 remembers results by id. One thread, warm. Prints precision, recall and F1 at 0.7 and at
the best threshold, and microseconds a pair.
"""

import csv
import itertools
import subprocess
import sys
import time

from followthemoney import EntityProxy, model
from nomenklatura.matching import get_algorithm
from rapidfuzz import fuzz, utils

ORGANISATIONS = {"Company", "Organization", "LegalEntity"}
fresh = itertools.count()


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row.get("kind") != "renamed"]


def entity(schema, name):
    return model.get_proxy({"id": f"e{next(fresh)}", "schema": schema, "properties": {"name": [name]}})


def logic_v2():
    algorithm = get_algorithm("logic-v2")
    config = algorithm.default_config()

    def score(row):
        left, right = entity(row["schema"], row["name1"]), entity(row["schema"], row["name2"])
        return algorithm.compare(left, right, config).score

    return score


def wratio(row):
    return fuzz.WRatio(row["name1"], row["name2"], processor=utils.default_process) / 100


def ours(binary, path, data):
    answer = subprocess.run([binary, path], capture_output=True, text=True, check=True).stdout.splitlines()
    micros, scores = float(answer[0]), [float(line) for line in answer[1:]]
    kept = [score for score, row in zip(scores, all_rows(path)) if row.get("kind") != "renamed"]
    assert len(kept) == len(data)
    return kept, micros


def all_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures(pairs, threshold):
    true = sum(1 for score, label in pairs if score >= threshold and label)
    false = sum(1 for score, label in pairs if score >= threshold and not label)
    missed = sum(1 for score, label in pairs if score < threshold and label)
    precision = true / (true + false) if true + false else 0.0
    recall = true / (true + missed) if true + missed else 0.0
    return precision, recall, 2 * true / (2 * true + false + missed) if true else 0.0


def show(name, data, scores, micros):
    labelled = [(score, row["is_match"] == "true") for score, row in zip(scores, data)]
    organisations = [pair for pair, row in zip(labelled, data) if row["schema"] in ORGANISATIONS]
    for group, pairs in (("all", labelled), ("organisations", organisations)):
        best = max((t / 100 for t in range(20, 100)), key=lambda t: figures(pairs, t)[2])
        precision, recall, f1 = figures(pairs, 0.7)
        print(
            f"{name:10} {group:14} n={len(pairs):4}  P {precision:.3f} R {recall:.3f} F1 {f1:.3f}"
            f"   best F1 {figures(pairs, best)[2]:.3f} at {best:.2f}   {micros:8.1f} us/pair"
        )


def main():
    binary, *paths = sys.argv[1:]
    matcher = logic_v2()
    for path in paths:
        data = rows(path)
        print(f"\n{path}")
        scores, micros = ours(binary, path, data)
        show("ringfence", data, scores, micros)
        for name, score in (("logic-v2", matcher), ("WRatio", wratio)):
            for row in data[:50]:
                score(row)
            started = time.perf_counter()
            scores = [score(row) for row in data]
            micros = (time.perf_counter() - started) * 1e6 / len(data)
            show(name, data, scores, micros)


if __name__ == "__main__":
    main()
