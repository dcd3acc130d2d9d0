"""python -m vambx."""

import sys

from vambx.cli import main

sys.exit(main())
