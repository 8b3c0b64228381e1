"""Text rules: functions from str to str that normalise or reject text. The lowest layer: imports no other folder."""
