"""Entry point of the step `gold`: builds the Gold models from pinned versions of Silver. Argument: the address of the run's plan."""

import sys

from medallion.gold_layer import run_gold_layer

if __name__ == "__main__":
    run_gold_layer(sys.argv[1])
