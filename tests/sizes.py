"""How much a test does: a fixed slice of it in `make test`, all of it in `make proof` (tests/proof.py)."""

import os

PROOF = "PROOF_SEED" in os.environ
SEED = int(os.environ.get("PROOF_SEED", "20260505"))  # what draws at random draws from here


def size(in_tests: int, *, in_proof: int) -> int:
    """How often, how many: `in_tests` takes at most 30 seconds a test, `in_proof` as long as it takes."""
    return in_proof if PROOF else in_tests
