"""Entry point of the step `maintain`: packs small files of the lake's tables and removes what no version needs. Argument: the address of its plan."""

import sys

from medallion.maintenance import run_maintenance

if __name__ == "__main__":
    run_maintenance(sys.argv[1])
