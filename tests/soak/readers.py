"""Every reader of strangers' bytes reads changed files, by what they cover: ten minutes of the processor each."""

import argparse
import subprocess
import sys


def main() -> int:
    """Run the fuzzers, one after the other; 1 where a reader fell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=600)
    given = parser.parse_args()
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", str(given.seconds), "--seed", str(given.seed)]
    return subprocess.run([*command, "--atheris"]).returncode


if __name__ == "__main__":
    sys.exit(main())
