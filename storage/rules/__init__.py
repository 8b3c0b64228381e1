"""Rules of the storage contract that need no database: authorisation, admission, transfer, numbering, reports.

A backend reads the facts in the transaction that writes, and passes them to one function here. The function returns the
result or raises the error of the contract (storage/base/); it reads and changes nothing. Rules of permissions that also
apply before the transaction are in domain/permissions.py.

For speed, backends apply some of these rules in SQL. Comments there name the rule, and
tests/storage/test_rules_in_sql.py compares both.

Callers import from the module that has the rule.
"""
