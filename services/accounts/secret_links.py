"""Links that hold a secret, which is a permission by itself."""


def secret_link(address: str, page: str, secret: object) -> str:
    """Return a link to a view of the page, with the secret behind "#".

    Browsers send nothing from there on: no log of a server or proxy, and no header Referer, has the secret.

    Args:
        address: base of the link, without a slash at the end.
        page: name of the view, such as "reset".
        secret: token or code that the view hands to the API in a body.
    """
    return f"{address}/{page}#{secret}"
