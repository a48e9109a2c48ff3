#!/usr/bin/env python3
"""usage: bench/run.py NAME…|all      exit 1 when a figure misses its bound"""

import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
NOT_BENCHMARKS = {"alone", "frame", "prometheus_peer", "recording", "run"}


def main():
    known = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHMARKS)
    asked = known if sys.argv[1:] in ([], ["all"]) else sys.argv[1:]
    unknown = [name for name in asked if name not in known]
    if unknown:
        print(f"no benchmark {unknown[0]}; there are: {' '.join(known)}", file=sys.stderr)
        return 2
    missed = [name for name in asked if importlib.import_module(name).run() is False]
    if missed:
        print(f"\nmissed: {' '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
