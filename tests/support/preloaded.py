"""What is made once for all forked servers: the server's modules, and the API documents, which depend on no setting."""

import api_docs
import server  # noqa: F401  # imported to be there after the fork

api_docs.documents()
