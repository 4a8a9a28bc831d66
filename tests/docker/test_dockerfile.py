from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "docker" / "Dockerfile").read_text().splitlines()


def test_everything_that_is_copied_is_there():
    copied = [word for line in LINES if line.startswith("COPY ") for word in line.split()[1:-1]]
    assert {"iar", "tasks", "flows", "constraints.txt"} <= set(copied)
    for name in copied:
        assert (ROOT / name).exists()


def test_it_does_not_run_as_root():
    user = next(i for i, line in enumerate(LINES) if line.startswith("USER "))
    assert LINES[user] != "USER root"
    assert user < next(i for i, line in enumerate(LINES) if line.startswith("ENTRYPOINT"))
