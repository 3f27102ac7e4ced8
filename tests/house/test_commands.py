"""The commands at the root: listed, the same for CI and a laptop, plain about what is missing."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from sources import ROOT

COMMANDS = {"run", "test", "bench", "install", "check", "format", "serve", "worker", "migrate"}
TOO_OLD = "#!/bin/sh\nexit 1\n"
NO_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *print*) echo 3.12;; esac\n'


def make_venv(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run tools/venv.sh in ``folder`` with nothing but this environment."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "venv.sh"), ".venv"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def fake(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)
    return path


def test_make_alone_lists_the_commands() -> None:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(["make"], cwd=ROOT, env=clean, capture_output=True, text=True, check=True)
    listed = re.findall(r"^make ([a-z]+) +\S", done.stdout, re.MULTILINE)
    assert set(listed) >= COMMANDS
    assert len(listed) == len(done.stdout.splitlines())


def test_ci_runs_what_a_laptop_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").splitlines()[-1] == "exec make test"


def test_no_python_that_is_new_enough_is_said_in_one_sentence(tmp_path: Path) -> None:
    fake(tmp_path, "python3", TOO_OLD)
    done = make_venv(tmp_path, PATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 or newer is needed and none was found")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / ".venv").exists()


def test_a_chosen_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    old = fake(tmp_path, "old-python", TOO_OLD)
    done = make_venv(tmp_path, PATH=str(tmp_path), PYTHON=str(old))
    assert (done.returncode, done.stderr) == (
        1,
        f"Python 3.11 or newer is needed; {old} is older.\n",
    )


def test_a_chosen_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = make_venv(tmp_path, PATH=str(tmp_path), PYTHON="/no/such/python")
    assert done.returncode == 1
    assert "/no/such/python, which is not a command here" in done.stderr


def test_a_missing_venv_module_names_the_package_to_install(tmp_path: Path) -> None:
    fake(tmp_path, "python3", NO_VENV)
    done = make_venv(tmp_path, PATH=str(tmp_path))
    assert done.returncode == 1
    assert "apt install python3.12-venv" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["venv.sh", "lock.sh"])
def test_shell_scripts_are_valid(name: str) -> None:
    subprocess.run(["/bin/sh", "-n", str(ROOT / "tools" / name)], check=True)
