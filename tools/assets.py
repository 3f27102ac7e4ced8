"""Fetch the front-end packages that package-lock.json names and build app/static/vendor.

Run as ``python tools/assets.py``. It needs nothing outside the standard library: it uses the
machine's npm, or puts Node from PyPI into ``.assets/`` when there is none. Unchanged inputs end
the run at once, so it is cheap to call before every start.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = Path("app/static/vendor")
STYLES = Path("app/static/scss/bootstrap-parts.scss")
ICONS = Path("tools/icons.txt")
INPUTS = (
    Path("package.json"),
    Path("package-lock.json"),
    STYLES,
    ICONS,
    Path("tools/assets.py"),
)
SCRIPTS = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "bootstrap.min.js": "bootstrap/dist/js/bootstrap.min.js",
}
LICENCES = {
    "htmx": "htmx.org/LICENSE",
    "Bootstrap": "bootstrap/LICENSE",
    "Bootstrap Icons": "bootstrap-icons/LICENSE",
}
STYLESHEET = "bootstrap-parts.css"
SPRITE = "icons.svg"
LICENCE_FILE = "LICENSES.txt"
STAMP = ".stamp"
OLDEST_NODE = 18  # sass needs it; older Debian releases still carry Node 12


class AssetsError(Exception):
    """The front-end files cannot be made; the message is one sentence for the terminal."""


def main() -> int:
    """Build the folder if it is stale. Returns the exit status."""
    try:
        build(ROOT)
    except AssetsError as error:
        print(f"Front-end files: {error}", file=sys.stderr)
        return 1
    return 0


def build(root: Path) -> bool:
    """Bring ``root``'s vendor folder up to date. Returns whether anything had to be done.

    The new folder is made beside the old one and then swapped in, so that a failed or
    interrupted run leaves what was there before.
    """
    stamp = fingerprint(root)
    if is_current(root, stamp):
        return False
    print("Building the front-end files", flush=True)
    (root / VENDOR.parent).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="assets-") as work:
        modules = install_packages(root, Path(work))
        fresh = Path(tempfile.mkdtemp(prefix=".vendor-", dir=root / VENDOR.parent))
        try:
            fill(fresh, root, modules)
            (fresh / STAMP).write_text(stamp, encoding="ascii")
            fresh.chmod(0o755)
            swap(fresh, root / VENDOR)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return True


def outputs() -> list[str]:
    """The names of all files that a finished vendor folder holds."""
    return [*SCRIPTS, STYLESHEET, SPRITE, LICENCE_FILE]


def fingerprint(root: Path) -> str:
    """One hash over every file that decides what the vendor folder holds."""
    digest = hashlib.sha256()
    for path in INPUTS:
        content = (root / path).read_bytes()
        digest.update(f"{path.as_posix()}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


def is_current(root: Path, stamp: str) -> bool:
    """Whether the folder was built from exactly these inputs and is still whole."""
    folder = root / VENDOR
    try:
        built_from = (folder / STAMP).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return False
    return built_from == stamp and all((folder / name).is_file() for name in outputs())


def install_packages(root: Path, work: Path) -> Path:
    """Install the locked packages in ``work``; returns the ``node_modules`` folder."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(root / name, work)
    run([*npm(root), "ci", "--omit=optional", "--loglevel=error"], work, "npm could not install")
    return work / "node_modules"


def fill(fresh: Path, root: Path, modules: Path) -> None:
    """Write every output into the empty folder ``fresh``."""
    for name, source in SCRIPTS.items():
        text = (modules / source).read_text(encoding="utf-8")
        (fresh / name).write_text(without_source_map(text), encoding="utf-8")
    (fresh / STYLESHEET).write_text(stylesheet(root, modules), encoding="utf-8")
    names = icon_names((root / ICONS).read_text(encoding="utf-8"))
    (fresh / SPRITE).write_text(
        sprite(names, modules / "bootstrap-icons" / "icons"), encoding="utf-8"
    )
    licences = (
        f"{title}\n\n{(modules / path).read_text(encoding='utf-8').strip()}\n"
        for title, path in LICENCES.items()
    )
    (fresh / LICENCE_FILE).write_text("\n\n".join(licences), encoding="utf-8")


def without_source_map(script: str) -> str:
    """Drop the pointer to a source map that is not shipped: the browser would ask in vain."""
    return re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", script)


def stylesheet(root: Path, modules: Path) -> str:
    """Bootstrap's used parts as compressed CSS.

    Raises AssetsError when a rule would make the browser fetch something: the content security
    policy refuses ``data:`` URLs, and no file of Bootstrap's is shipped beside the stylesheet.
    """
    command = [
        *node(root),
        str(modules / "sass" / "sass.js"),
        f"--load-path={modules}",
        "--style=compressed",
        "--no-source-map",
        "--no-error-css",
        "--no-charset",  # the server names the encoding; a byte order mark would only confuse
        "--quiet-deps",
        # Bootstrap 5 is written with @import; Sass will drop it in a major version we do not use.
        "--silence-deprecation=import,global-builtin",
        str(root / STYLES),
    ]
    css = run(command, root, "Sass could not build the stylesheet")
    fetched = re.search(r"url\(|@import", css)
    if fetched:
        raise AssetsError(f"the stylesheet would fetch a file: {css[fetched.start() :][:60]}")
    return css


def icon_names(text: str) -> list[str]:
    """The names in an icon list: one a line, ``#`` starts a comment. Sorted, each once."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return sorted({line for line in lines if line})


def sprite(names: Iterable[str], folder: Path) -> str:
    """One SVG with a ``<symbol>`` for each name, read from ``folder/<name>.svg``.

    Raises AssetsError for a name the icon set does not have.
    """
    symbols = []
    for name in names:
        try:
            source = (folder / f"{name}.svg").read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise AssetsError(f"Bootstrap Icons has no icon named {name}.") from error
        view_box, body = parts_of(source, name)
        symbols.append(f'<symbol id="{name}" viewBox="{view_box}">{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n"


def parts_of(source: str, name: str) -> tuple[str, str]:
    """The view box and the drawing inside one icon file."""
    match = re.search(r'<svg[^>]*\sviewBox="([^"]+)"[^>]*>(.*)</svg>', source, re.DOTALL)
    if match is None:
        raise AssetsError(f"the icon {name} is not an SVG with a view box.")
    return match[1], re.sub(r">\s+<", "><", match[2].strip())


def swap(fresh: Path, place: Path) -> None:
    """Put ``fresh`` where ``place`` is, and drop what was there."""
    old = place.with_name(f".old-{fresh.name}")
    if place.exists():
        place.rename(old)
    fresh.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def npm(root: Path) -> list[str]:
    """The command that starts npm: the machine's own, or the one of Node from PyPI."""
    return ["npm"] if has_node() else [str(node_from_pypi(root) / "npm")]


def node(root: Path) -> list[str]:
    """The command that starts Node."""
    return ["node"] if has_node() else [str(node_from_pypi(root) / "node")]


def has_node() -> bool:
    """Whether the machine has npm and a Node that is new enough."""
    if not (shutil.which("npm") and shutil.which("node")):
        return False
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.", answer.stdout)
    return version is not None and int(version[1]) >= OLDEST_NODE


def node_from_pypi(root: Path) -> Path:
    """Install Node from PyPI into ``.assets/`` once; returns the folder of its commands.

    It gets a place of its own because it is 200 MB that the application never needs.
    """
    home = root / ".assets"
    commands = home / "bin"
    if not (commands / "npm").exists():
        print("No npm here: fetching Node from PyPI into .assets", flush=True)
        shutil.rmtree(home, ignore_errors=True)
        run([sys.executable, "-m", "venv", "--without-pip", str(home)], root, "no venv for Node")
        uv = Path(sys.executable).with_name("uv")
        install = [str(uv), "pip", "install", "--quiet", "--python", str(commands / "python")]
        locked = ["--require-hashes", "-r", str(root / "requirements" / "node.txt")]
        run([*install, *locked], root, "Node could not be installed")
    return commands


def run(command: list[str], folder: Path, trouble: str) -> str:
    """Run a command in ``folder``; returns what it printed, or raises AssetsError(``trouble``)."""
    # npm starts `node` by name, so the folder of the command goes first.
    path = os.pathsep.join((str(Path(command[0]).parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path} if "/" in command[0] else dict(os.environ)
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise AssetsError(f"{trouble}: {error}") from error
    if done.returncode:
        raise AssetsError(f"{trouble}:\n{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
