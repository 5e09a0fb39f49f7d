"""Prints what a rule of a policy in Rego says of a document: `rego.py POLICY DOCUMENT RULE`, as a sorted list in JSON."""

import json
import sys

from regopy import Interpreter

policy, document, rule = sys.argv[1:]
rego = Interpreter()
with open(policy) as file:
    rego.add_module(policy, file.read())
with open(document) as file:
    rego.set_input(json.load(file))
told = json.loads(str(rego.query(rule)))
print(json.dumps(sorted(told["expressions"][0])))
