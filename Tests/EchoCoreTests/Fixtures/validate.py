"""Reads {"schema": ..., "documents": [...]} and writes the list of the documents' verdicts: true for valid."""

import json
import sys

# Before the import that may fail, so that the other end of the pipe never writes to nobody.
job = json.load(sys.stdin)

from jsonschema import Draft202012Validator, FormatChecker

Draft202012Validator.check_schema(job["schema"])
validator = Draft202012Validator(job["schema"], format_checker=FormatChecker())
json.dump([validator.is_valid(document) for document in job["documents"]], sys.stdout)
