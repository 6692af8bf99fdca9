"""Compares echod with a plain C loop and with what one might pick instead."""
