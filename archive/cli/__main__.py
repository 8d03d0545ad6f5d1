"""``python -m archive.cli``, for a checkout that is not installed."""

import sys

from archive.cli import main

sys.exit(main())
