#!/usr/bin/env python3
"""Load and closure of one graph in Ringfence, networkx, DuckDB and clingo; the verdicts must be equal.

    python3 peers.py BENCH_BINARY GENERATOR FOLDER ENTITIES...

BENCH_BINARY is the built `closure` bench, GENERATOR the shared gen_graph.py. The rule is the cascade at 50 % or more, for 2026-01-01, with
the lower bounds. A peer that takes more than LIMIT seconds is stopped and shown as such. Needs networkx, duckdb, clingo.
"""
import csv
import hashlib
import multiprocessing
import os
import resource
import subprocess
import sys
import time

DAY, THRESHOLD, LIMIT = "2026-01-01", 5000, 75


def is_seed(key):
    return int(hashlib.sha256(("seed-" + key).encode()).hexdigest(), 16) % 50 == 0


def rows(path):
    with open(path + ".csv", newline="", encoding="utf-8") as f:
        for r in csv.DictReader(f):
            if (not r["start_date"] or r["start_date"] <= DAY) and (not r["end_date"] or DAY < r["end_date"]):
                yield r["owner"], r["owned"], int(r["min_bp"])


def with_networkx(path, seeds):
    import networkx
    began = time.perf_counter()
    graph = networkx.DiGraph()
    for owner, owned, share in rows(path):
        graph.add_edge(owner, owned, share=share)
    loaded = time.perf_counter()
    caught, work, held = set(seeds), list(seeds), {}
    while work:
        owner = work.pop()
        if owner not in graph:
            continue
        for owned, edge in graph[owner].items():
            if owned in caught:
                continue
            held[owned] = held.get(owned, 0) + edge["share"]
            if held[owned] >= THRESHOLD:
                caught.add(owned)
                work.append(owned)
    return caught - set(seeds), loaded - began, time.perf_counter() - loaded


def with_duckdb(path, seeds):
    import duckdb
    began = time.perf_counter()
    db = duckdb.connect()
    db.execute("set threads = 2")
    db.execute(f"""create table stakes as select owner, owned, min_bp as share from read_csv('{path}.csv', header = true, all_varchar = false,
        types = {{'start_date': 'DATE', 'end_date': 'DATE'}})
        where coalesce(start_date <= date '{DAY}', true) and coalesce(date '{DAY}' < end_date, true)""")
    db.execute(f"create table caught as select column0 as id from read_csv('{path}.seeds', header = false, columns = {{'column0': 'VARCHAR'}})")
    loaded = time.perf_counter()
    while True:
        new = db.execute(f"""insert into caught select owned from stakes join caught on owner = id
            where owned not in (select id from caught) group by owned having sum(share) >= {THRESHOLD}""").fetchone()[0]
        if not new:
            break
    closed = time.perf_counter()
    found = {row[0] for row in db.execute("select id from caught").fetchall()}
    return found - set(seeds), loaded - began, closed - loaded


def with_clingo(path, seeds):
    import clingo
    began = time.perf_counter()
    control = clingo.Control(["--warn=none"])
    facts = ["seed(\"%s\")." % s for s in seeds] + ['own("%s","%s",%d).' % row for row in rows(path)]
    rules = f"""caught(X) :- seed(X).
        caught(Y) :- own(_,Y,_), #sum {{ S,Z : own(Z,Y,S), caught(Z) }} >= {THRESHOLD}.
        #show caught/1."""
    control.add("base", [], "\n".join(facts) + rules)
    loaded = time.perf_counter()
    control.ground([("base", [])])
    found = set()
    control.solve(on_model=lambda model: found.update(s.arguments[0].string for s in model.symbols(shown=True)))
    return found - set(seeds), loaded - began, time.perf_counter() - loaded


def measured(name, solve, path, seeds, expected):
    def work(to):
        caught, load, close = solve(path, seeds)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        to.put((caught == expected, load, close, peak))
    answers = multiprocessing.Queue()
    process = multiprocessing.Process(target=work, args=(answers,))
    process.start()
    try:
        equal, load, close, peak = answers.get(timeout=LIMIT)
        print(f"  {name:10} load {load:8.3f} s  close {close:9.4f} s  {peak:6} MB  verdicts {'equal' if equal else 'DIFFER'}", flush=True)
    except Exception:
        print(f"  {name:10} stopped after {LIMIT} s", flush=True)
    process.kill()
    process.join()


def main():
    bench, generator, folder = sys.argv[1:4]
    for entities in map(int, sys.argv[4:]):
        path = os.path.join(folder, f"graph_{entities}")
        if not os.path.exists(path + ".csv"):
            subprocess.run([sys.executable, generator, "--entities", str(entities), "--out", folder, "--name", f"graph_{entities}"], check=True)
        with open(path + "_entities.csv", encoding="utf-8") as f:
            seeds = [key for key in (line.split(",", 1)[0] for line in list(f)[1:]) if is_seed(key)]
        with open(path + ".seeds", "w", encoding="utf-8") as f:
            f.write("\n".join(seeds) + "\n")
        out = subprocess.run([bench], env={**os.environ, "RINGFENCE_GRAPH": path}, check=True, capture_output=True, text=True).stdout.split()
        print(f"{entities} entities, {len(seeds)} seeds, {out[2]} caught", flush=True)
        print(f"  {'ringfence':10} load {float(out[0]):8.3f} s  close {float(out[1]):9.4f} s  {int(out[3].split('_')[0]) // 1024:6} MB  both bounds, names and sources kept", flush=True)
        with open(path + ".caught", encoding="utf-8") as f:
            expected = set(f.read().split())
        for name, solve in [("networkx", with_networkx), ("duckdb", with_duckdb), ("clingo", with_clingo)]:
            measured(name, solve, path, seeds, expected)


if __name__ == "__main__":
    main()
