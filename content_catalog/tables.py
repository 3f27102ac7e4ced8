"""Every table in one place, for migrations and for tests that need them all."""

from content_catalog import audit, idempotency, jobs, outbox, search_state
from content_catalog.analytics import models as _analytics
from content_catalog.assets import models as _assets
from content_catalog.base import Base
from content_catalog.coverage import models as _coverage
from content_catalog.imports import models as _imports
from content_catalog.people import models as _people
from content_catalog.saved import models as _saved
from content_catalog.taxonomy import models as _taxonomy

metadata = Base.metadata

__all__ = ["metadata"]

_ALL = (
    audit,
    idempotency,
    jobs,
    outbox,
    search_state,
    _analytics,
    _assets,
    _coverage,
    _imports,
    _people,
    _saved,
    _taxonomy,
)
