"""Fuzz one target for some seconds: ``python -m tests.fuzz tar 60``; ``--list`` names them. Needs the extra ``fuzz``.

What it learns stays in ``build/fuzz``, and so does an input that breaks it, which is named at the end.
"""

import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["iar", "tarfile", "zipfile", "obspy.io.mseed", "obspy.io.gcf"]):
    from tests.fuzz.targets import TARGETS

PLACE = Path(__file__).parents[2] / "build" / "fuzz"
MOST_BYTES = 20_000


def main() -> None:
    """Prepare seeds and words, and give the process to libFuzzer, which ends it."""
    if sys.argv[1] == "--list":
        sys.stdout.write("".join(f"{name}\n" for name in TARGETS))
        return
    name, seconds = sys.argv[1], int(sys.argv[2])
    target = TARGETS[name]
    corpus, words = PLACE / name, PLACE / f"{name}.dict"
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = list(target.seeds())
    for number, whole in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(whole)
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), encoding="ascii")
    options = [
        f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", f"-dict={words}", f"-artifact_prefix={PLACE}/{name}-",
        "-rss_limit_mb=4096", "-timeout=20", "-print_final_stats=1",
    ]  # fmt: skip

    def mutated(content: bytes, most_bytes: int, seed: int) -> bytes:
        """Content, or a seed, with a few bytes changed, or one of its values."""
        random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
        begun = random.choice([content, random.choice(seeds)])  # what is read by no Python leads to no new seeds
        blindly = begun if random.random() < 0.5 else atheris.Mutate(begun, most_bytes)
        bent = target.bend(blindly, random)
        return bent if bent != begun and len(bent) <= most_bytes else atheris.Mutate(begun, most_bytes)

    atheris.Setup([sys.argv[0], *options, str(corpus)], target.read, custom_mutator=mutated)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


main()
