"""Reads `{"schemas": {name: schema}, "documents": [{"schema": name, "document": ..., "wrong": null or words}]}`.

Every schema must be one by its own dialect; each document must keep its schema, or break it with an error that
holds those words.  Prints a line for each that is not so.
"""

import json
import sys

from jsonschema.validators import validator_for


def all_of(error):
    yield error.message
    for inner in error.context:
        yield from all_of(inner)


given = json.load(sys.stdin)
for name, schema in given["schemas"].items():
    validator = validator_for(schema)
    for error in validator(validator.META_SCHEMA).iter_errors(schema):
        print(f"{name}: {error.json_path}: {error.message}")
for case in given["documents"]:
    schema = given["schemas"][case["schema"]]
    errors = list(validator_for(schema)(schema).iter_errors(case["document"]))
    texts = [text for error in errors for text in all_of(error)]
    if case["wrong"] is None and texts:
        print(f"{json.dumps(case['document'])} is refused: {texts}")
    if case["wrong"] is not None and not any(case["wrong"] in text for text in texts):
        print(f"{json.dumps(case['document'])} is not refused with {case['wrong']!r}: {texts}")
