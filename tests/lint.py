"""Looks at the sources without running them: form, the borders between the rooms, what must not be called. Prints
each finding as "file:line: what"; exit code 1 if there is any. The compiler's warnings are the build's errors.
"""

import pathlib
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
COLUMNS = 100
TAB = 8

# Not to be called: the bounds of the first are unknown, the rest keep hidden state or swallow errors.
FORBIDDEN = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|gmtime|localtime)\s*\(")
# What a pure room must not know: the event loop, the database, the network, files, clocks (architecture.md §3).
IMPURE_INCLUDE = re.compile(
    r'#\s*include\s*[<"](event2?/|event\.h|evhttp|libpq|postgresql/|curl/|time\.h|sys/|unistd\.h|fcntl\.h|netinet/'
    r'|arpa/|netdb\.h|poll\.h|pthread|signal\.h|dirent\.h|(config|curl|door|http|metrics|pg|pg_values|push|register'
    r'|resolve|routes|scheduler|sql|store)\.h[>"])')
IMPURE_CALL = re.compile(
    r"\b(time|clock_gettime|gettimeofday|clock|mktime|strftime|setenv|getenv|fopen|open|socket|getaddrinfo|rand"
    r"|random|getrandom|arc4random)\s*\(")
# sys/types.h and the like know no world.
HARMLESS = re.compile(r"sys/(types|param)\.h")
PURE_ROOMS = ("proto/", "daemon/rules/")

# Data as others wrote it, and examples of what is bad.
GIVEN = ("proto/examples/", "tests/fuzz/corpus/", "tests/vectors/", "LICENSE")

findings = []


def finding(path, line, what):
    findings.append(f"{path}:{line}: {what}")


def tracked():
    """The project's files: those of git, or, in a tree without it, all but what is built."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
    return sorted(name for name in names
                  if (ROOT / name).is_file() and not name.startswith("build/") and "__pycache__" not in name)


def without_comments(text):
    """C without comments and the insides of texts; each line keeps its number."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

    def blank(found):
        piece = found.group(0)
        if piece.startswith("/"):
            return "\n" * piece.count("\n")
        return piece[0] + piece[-1]
    return pattern.sub(blank, text)


def check_form(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip():
            finding(name, number, "blanks at the end of the line")
        if name.endswith((".c", ".h")) and len(line.expandtabs(TAB)) > COLUMNS:
            finding(name, number, f"longer than {COLUMNS} columns")
    if text and not text.endswith("\n"):
        finding(name, text.count("\n") + 1, "no newline at the end")


def check_c(name, text):
    pure = name.startswith(PURE_ROOMS)
    if not text.lstrip().startswith("/*"):
        finding(name, 1, "no head comment that says what the file owns")
    # Includes are texts, so they are looked for before texts are emptied.
    for number, line in enumerate(text.splitlines(), 1):
        if pure and IMPURE_INCLUDE.match(line.strip()) and not HARMLESS.search(line):
            finding(name, number, "a pure room must not include this")
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        for call in FORBIDDEN.finditer(line):
            if name.startswith(("daemon/", "proto/")):
                finding(name, number, f"{call.group(1)} is not to be called")
        if pure and (call := IMPURE_CALL.search(line)):
            finding(name, number, f"a pure room must not call {call.group(1)}")


def check_sql(name, text):
    if not re.match(r"\s*--\s*\S", text):
        finding(name, 1, "no head comment")


def check_python(name):
    with tempfile.TemporaryDirectory() as scratch:
        try:
            py_compile.compile(str(ROOT / name), cfile=f"{scratch}/c", dfile=name, doraise=True)
        except py_compile.PyCompileError as error:
            finding(name, 1, str(error).strip().replace("\n", " "))


def run_tool(command, names):
    """What the tool complains of, as it says it."""
    if not names:
        return ""
    done = subprocess.run([*command, *names], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "" if done.returncode == 0 else done.stdout or f"{command[0]} ended with {done.returncode}"


def check_formatter(names):
    """One finding a file: its first line that is not as clang-format writes it."""
    seen = set()
    complaints = run_tool(["clang-format", "--dry-run", "-Werror"], names)
    for name, line in re.findall(r"^([^:\n]+):(\d+):\d+: error:", complaints, re.M):
        if name not in seen:
            seen.add(name)
            finding(name, line, "not as clang-format writes it: clang-format -i")
    if complaints and not seen:
        findings.append(complaints)


def first_line(name):
    with open(ROOT / name, "rb") as file:
        return file.readline(200).decode(errors="replace")


def main():
    names = tracked()
    c_files = [name for name in names if name.endswith((".c", ".h"))]
    scripts = []
    for name in names:
        try:
            text = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue  # an example of bytes that are no text
        form_is_free = name.startswith(GIVEN)
        if not form_is_free:
            check_form(name, text)
        if name in c_files:
            check_c(name, text)
        elif name.endswith(".sql"):
            check_sql(name, text)
        elif name.endswith(".py") or first_line(name).startswith("#!/usr/bin/python3"):
            check_python(name)
        elif first_line(name).startswith(("#!/bin/bash", "#!/bin/sh")):
            scripts.append(name)
    check_formatter(c_files)
    if shutil.which("shellcheck"):
        findings.extend(run_tool(["shellcheck", "-f", "gcc"], scripts).splitlines())
    for line in findings:
        print(line)
    print(f"{len(names)} files looked at, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
