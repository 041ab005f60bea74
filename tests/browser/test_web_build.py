"""What lies in the package is what `web/` gives: the sources and the lock file tell everything."""

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
BUILT = Path("src/parallax/static")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_fresh_build_gives_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "web", tmp_path / "web", ignore=shutil.ignore_patterns("node_modules"))

    for command in ("npm ci", "npm run check", "npm run build"):
        done = subprocess.run(command.split(), cwd=tmp_path / "web", capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"

    committed, fresh = contents(ROOT / BUILT), contents(tmp_path / BUILT)
    assert sorted(fresh) == sorted(committed), "run `npm run build` in web/ and commit what it changes"
    assert [name for name in fresh if fresh[name] != committed[name]] == []
