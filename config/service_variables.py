"""Service variables of Kubernetes and Docker links, with names like settings of Studyhall.

For a service called `studyhall` or `studyhall-server`, Kubernetes sets `STUDYHALL_PORT=tcp://10.0.0.1:5000`,
`STUDYHALL_SERVER_PORT=tcp://…` and more in each container. The operator did not write them, so they are ignored instead
of being reported as unknown settings.
"""

import re

# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables and Docker's legacy links.
_URL = re.compile(r"(tcp|udp|sctp)://\S*", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+")
_PATH = re.compile(r"/\S*")
_ANYTHING = re.compile(r".*", re.DOTALL)
_SHAPES = (
    (re.compile(r"STUDYHALL_(\w+_)?SERVICE_HOST"), _ANYTHING),
    (re.compile(r"STUDYHALL_(\w+_)?SERVICE_PORT(_\w+)?"), _NUMBER),
    (re.compile(r"STUDYHALL_(\w+_)?PORT"), _URL),
    (
        re.compile(r"STUDYHALL_(\w+_)?PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR|START|END|PORT_START|PORT_END))?"),
        _ANYTHING,
    ),
    (re.compile(r"STUDYHALL_(\w+_)?NAME"), _PATH),
    (re.compile(r"STUDYHALL_(\w+_)?ENV_\w+"), _ANYTHING),
)


def is_service_variable(name: str, value: str) -> bool:
    """Return True if Kubernetes or Docker set this variable; the value decides if the name is also a setting's."""
    return any(named.fullmatch(name) and valued.fullmatch(value) for named, valued in _SHAPES)
