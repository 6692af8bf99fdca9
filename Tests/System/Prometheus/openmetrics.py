"""Reads a document with the reference parser of OpenMetrics, which is strict; prints each family with its samples."""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        print(family.type, family.name, sample.name, sample.value)
