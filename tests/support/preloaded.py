"""What is made once for all forked servers: the server's modules, and the API documents, which depend on no setting."""

import gc

import api_docs
import server  # noqa: F401  # imported to be there after the fork

api_docs.documents("")  # with the argument: without one, it is another entry of the cache
gc.collect()
gc.freeze()  # the collection at each start of a server passes these objects over
