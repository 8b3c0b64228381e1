"""Rules for text, as functions from str to str: below every other package."""
