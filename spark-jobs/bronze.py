"""Entry point of the step `bronze`: takes what landed into the Bronze tables. Argument: the address of the run's plan."""

import sys

from medallion.bronze_batch import load_bronze
from medallion.dataset_layer import run_dataset_layer

if __name__ == "__main__":
    run_dataset_layer("bronze", "landing", load_bronze, sys.argv[1])
