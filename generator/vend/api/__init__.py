"""What scripts use: load a fleet, open a workspace, plan, show, apply; `import vend` offers all of it.

Provisional until version 0.3: names may still change, and the changelog says when they do.
"""

from vend.api._edit import RequestEdit, RequestEditor, edit_requests
from vend.api._fleet import LoadedFleet, fleet_customizations, load_fleet, read_fleet
from vend.api._show import ReviewForm, show
from vend.api._workspace import Workspace, open_workspace

__all__ = [
    "LoadedFleet",
    "RequestEdit",
    "RequestEditor",
    "ReviewForm",
    "Workspace",
    "edit_requests",
    "fleet_customizations",
    "load_fleet",
    "open_workspace",
    "read_fleet",
    "show",
]
