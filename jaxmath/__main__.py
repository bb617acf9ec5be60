"""The command `jaxmath`: verify, list, bench, plan."""

import importlib
import sys
from collections.abc import Sequence

from jaxmath._cli import arguments
from jaxmath._cli.errors import UnusableError
from jaxmath._cli.versions import version_text

# Measuring must not load the engine, nor checking the benchmarks.
_PLACES = {
    "verify": "jaxmath._cli.commands",
    "list": "jaxmath._cli.commands",
    "bench": "jaxmath._cli.bench.command",
    "plan": "jaxmath._cli.plan.command",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit status."""
    parser = arguments.parser()
    options = parser.parse_args(argv)
    if options.version:
        print(version_text())
        return 0
    if options.command is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        place = importlib.import_module(_PLACES[options.command])
        return int(place.COMMANDS[options.command](options))
    except UnusableError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("jaxmath: interrupted.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
