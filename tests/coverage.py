#!/usr/bin/python3
"""What the tests reach, a line a file; the lines of daemon/rules and proto that none reaches, by number.

    tests/coverage.py build/coverage [--all] [--check]

The build is one that counts (make coverage). Without --all only the unit tests run (tests/unit), and daemon/rules and proto are
shown; with it all tests run, and all C is shown. --check: exit code 1 if a test failed or less is reached than the marks.

A branch counts as gcov sees it, compiled without optimizing: each way out of each condition. Those of a `require` are
left out: their other way is a bug, which ends the process. What a process had reached that was killed, or aborted, is
not counted.
"""

import argparse
import collections
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PURE = ("daemon/rules/", "proto/")
PURE_LINES, PURE_BRANCHES, ALL_LINES = 100.0, 95.0, 92.0


class File:
    def __init__(self):
        self.lines = collections.Counter()  # number: how often it ran
        self.branches = collections.Counter()  # (line, function, place): how often it was taken


def required(path):
    """The numbers of the lines that are, or are part of, a require, or define a vocabulary, in which there is one."""
    numbers, inside = set(), False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        inside = inside or re.search(r"\b(require|VOCABULARY_DEFINE)\(", line) is not None
        if inside:
            numbers.add(number)
        inside = inside and ";" not in line
    return numbers


def read_counts(build):
    """gcov's account of each object, put together by source file."""
    notes = [str(path.resolve()) for path in sorted(build.glob("daemon/**/*.gcno")) + sorted(build.glob("proto/*.gcno"))]
    files = collections.defaultdict(File)
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--preserve-paths", *notes], cwd=scratch,
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for account in sorted(pathlib.Path(scratch).iterdir()):
            for each in json.loads(gzip.decompress(account.read_bytes()))["files"]:
                add(files, each)
    return files


def add(files, account):
    path = pathlib.Path(account["file"])
    if path.is_absolute() or not (ROOT / path).is_file() or path.parts[0] not in ("daemon", "proto"):
        return
    file, left_out = files[str(path)], required(ROOT / path)
    for line in account["lines"]:
        number = line["line_number"]
        file.lines[number] += line["count"]
        if number not in left_out:
            for place, branch in enumerate(line["branches"]):
                file.branches[number, line.get("function_name"), place] += branch["count"]


def share(counts):
    reached, all_ = sum(1 for count in counts if count), len(counts)
    return reached, all_, 100.0 * reached / all_ if all_ else 100.0


def spans(numbers):
    """"12, 14-16" """
    runs = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def show(files):
    print(f"{'file':36} {'lines':>13} {'%':>6} {'branches':>13} {'%':>6}")
    total = File()
    for name, file in sorted(files.items()):
        row(name, file)
        total.lines.update({(name, key): count for key, count in file.lines.items()})
        total.branches.update({(name, key): count for key, count in file.branches.items()})
    row("all of these", total)
    return share(total.lines.values())[2], share(total.branches.values())[2]


def row(name, file):
    lines, branches = share(file.lines.values()), share(file.branches.values())
    print(f"{name:36} {lines[0]:6}/{lines[1]:6} {lines[2]:6.1f} {branches[0]:6}/{branches[1]:6} {branches[2]:6.1f}")


def show_missing(files):
    for name, file in sorted(files.items()):
        missing = [number for number, count in file.lines.items() if not count]
        ways = {number for (number, _, _), count in file.branches.items() if not count} - set(missing)
        if missing:
            print(f"{name}: not reached: {spans(missing)}")
        if ways:
            print(f"{name}: not each way: {spans(ways)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args()

    for old in chosen.build.glob("**/*.gcda"):
        old.unlink()
    ran = subprocess.run([ROOT / "tests" / "run", "--build", chosen.build, *([] if chosen.all else ["unit/"])])
    files = read_counts(chosen.build)
    pure = {name: file for name, file in files.items() if name.startswith(PURE)}
    lines, branches = show(files if chosen.all else pure)
    show_missing(pure)
    if chosen.all:
        good = lines >= ALL_LINES
        print(f"lines {lines:.1f} % (at least {ALL_LINES:.0f})")
    else:
        good = lines >= PURE_LINES and branches >= PURE_BRANCHES
        print(f"lines {lines:.1f} % (at least {PURE_LINES:.0f}), branches {branches:.1f} % (at least {PURE_BRANCHES:.0f})")
    return 1 if chosen.check and (ran.returncode != 0 or not good) else 0


if __name__ == "__main__":
    sys.exit(main())
