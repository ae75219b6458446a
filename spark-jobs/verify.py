"""Entry point of the step `verify`: measures what the lake holds by content, for receipts to be held against. Argument: its plan."""

import sys

from medallion.measured_lake import measure_lake

if __name__ == "__main__":
    measure_lake(sys.argv[1])
