"""Commands whose work can be done in parts: the options, and what of the work is to be done."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vambx.errors import UsageError

if TYPE_CHECKING:
    from vambx.cli.session import Session
    from vambx.parts import Part


def add_parts(parser: argparse.ArgumentParser, what: str) -> None:
    """--part, --output, --parts."""
    group = parser.add_argument_group("in parts, on several machines")
    group.add_argument("--part", metavar="I/N", help=f"do part I of N of the {what}, and write it to --output")
    group.add_argument("--output", type=Path, metavar="FILE", help="where to write a part; nothing else is written")
    group.add_argument(
        "--parts", nargs="+", type=Path, metavar="FILE", help="join these, which are all the parts, in --outdir"
    )


def do_in_parts(
    args: argparse.Namespace,
    whole: "Callable[[Session], object]",
    part: "Callable[[Session, Part, Path], object]",
    join: "Callable[[Session, Sequence[Path]], object]",
) -> None:
    """Do all of the work, or one part of it, or join the parts, as the options say.

    Raises:
        UsageError: options that do not go together, or no such part.
    """
    from vambx.cli.session import aside, session
    from vambx.io.atomic import check_folder
    from vambx.parts import Part

    if (args.part is None) != (args.output is None):
        raise UsageError("--part and --output go together: which part to do, and where to write it")
    if args.part is not None and args.parts is not None:
        raise UsageError("--part does a part, --parts joins all of them; give one of the two")
    if args.part is not None:
        number = Part.parse(args.part)
        check_folder(args.output)
        with aside(args) as at:
            part(at, number, args.output)
        return
    with session(args, begins=False) as at:
        if args.parts:
            join(at, args.parts)
        else:
            whole(at)
