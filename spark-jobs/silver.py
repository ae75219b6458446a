"""Entry point of the step `silver`: takes batches from Bronze into the Silver tables. Argument: the address of the run's plan."""

import sys

from medallion.dataset_layer import run_dataset_layer
from medallion.silver_batch import load_silver

if __name__ == "__main__":
    run_dataset_layer("silver", "bronze", load_silver, sys.argv[1])
