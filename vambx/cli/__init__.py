"""The command line: one module a subcommand, loaded only when it is called."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from vambx import __version__

COMMANDS = {
    "bin": "contigs and BAMs in, genomes out: all steps",
    "check": "say what bin would do, and all that would stop it; do nothing",
    "concatenate": "join the assemblies of several samples into one FASTA",
    "features": "step 1: composition and abundance of the contigs",
    "markers": "step 2: find the contigs' marker genes; may be left out",
    "encode": "step 3: train the autoencoder, encode the contigs",
    "cluster": "step 4: cluster the latent vectors",
    "bins": "step 5: choose the contigs of each genome, write them as bins",
    "composition": "the first half of features, alone: 4-mers of the contigs",
    "depth": "depths of one sample, elsewhere; features --depths joins them",
    "choose": "the first half of bins, alone: choose the contigs of each genome",
    "quality": "completeness and contamination of any bins",
    "plot": "pictures of a run, for papers and notebooks: pdf, svg or png",
    "compare": "two or more binnings of the same contigs side by side",
    "status": "say where a run stands, at work or not",
    "report": "make the page of a run, finished or not",
    "demo": "make a small community of known genomes, and bin it",
}

_DESCRIPTION = "vambx bins metagenomes: it sorts assembled contigs into genomes by composition and depth."
_EPILOG = "vambx COMMAND --help shows the options of a command."


class Command(Protocol):
    """What the module of a subcommand holds."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""

    def main(self, args: argparse.Namespace) -> None:
        """Do the work."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    Args:
        argv: the arguments; None: those of this process, which has nothing to do but this.
    """
    from vambx.cli.boundary import guarded

    if argv is None:
        from vambx.cli.process import in_own_process

        return in_own_process(lambda: main(sys.argv[1:]))
    args = argparse.Namespace()
    return guarded(lambda: _run(argv, args), args)


def _run(argv: Sequence[str], args: argparse.Namespace) -> None:
    """Fill in the arguments, and do what they say."""
    from vambx.machine import require_memory

    _parser(argv).parse_args(argv, args)
    if args.command != "status":  # which takes none
        require_memory()
    _module(args.command).main(args)


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the command that is called has its options, as only its module is loaded."""
    parser = argparse.ArgumentParser("vambx", description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"vambx {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    called = next((word for word in argv if not word.startswith("-")), None)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False)
        if name == called:
            _module(name).add_arguments(command)
    return parser


def _module(command: str) -> Command:
    return import_module(f"vambx.cli.{command}_command")
