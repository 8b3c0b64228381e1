"""Links that contain a secret, which is a permission by itself."""


def secret_link(address: str, page: str, secret: object) -> str:
    """Return a link to a view of the page, with the secret after "#".

    Browsers do not send this part: the secret is in no log of a server or proxy, and in no Referer header.

    Args:
        address: base of the link, without a trailing slash.
        page: name of the view, such as "reset".
        secret: token or code that the view sends to the API in a body.
    """
    return f"{address}/{page}#{secret}"
