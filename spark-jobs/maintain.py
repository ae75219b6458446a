"""Entry point of the step `maintain`: packs small files of the lake's tables, removes files that no version needs. Argument: its plan."""

import sys

from medallion.maintenance import run_maintenance

if __name__ == "__main__":
    run_maintenance(sys.argv[1])
