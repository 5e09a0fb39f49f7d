"""Prints AWS's own schemas of resource types, which CloudFormation publishes and cfn-lint carries.

The names of the types are the arguments; what is printed is one JSON object, by name.
"""

import json
import sys
from importlib.metadata import distribution
from pathlib import Path

# By path: importing cfn-lint takes seconds.
schemas = Path(distribution("cfn-lint").locate_file("cfnlint/data/schemas"))
files = json.loads((schemas / "providers" / "us-east-1.json").read_text())
if unknown := [name for name in sys.argv[1:] if name not in files]:
    sys.exit(f"CloudFormation has no {', '.join(unknown)}")
json.dump({name: json.loads((schemas / "resources" / f"{files[name]}.json").read_text()) for name in sys.argv[1:]}, sys.stdout)
