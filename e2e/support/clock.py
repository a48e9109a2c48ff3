"""A server at another time of day."""

import pathlib
import shutil
import subprocess


def moved(directory, seconds):
    """An environment in which the clock is so many seconds ahead, or behind."""
    compiler = shutil.which("clang") or shutil.which("cc")
    assert compiler, "no C compiler; Swift's toolchain brings clang"
    library = directory / "clock.so"
    if not library.exists():
        source = pathlib.Path(__file__).with_name("clock.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(seconds)}
