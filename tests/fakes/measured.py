"""What a child process needs to be measured as its parent is: nothing, as a rule."""

import os
from typing import Final

# `make cover` tells children by the environment that they are to count lines, too;
# a test that gives its child a clean environment hands that on.
_NAME: Final = "COVERAGE_PROCESS_CONFIG"
MEASURED: Final = {_NAME: told} if (told := os.getenv(_NAME)) else {}
