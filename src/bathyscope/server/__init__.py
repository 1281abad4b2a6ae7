"""The live dashboard's server: one page for the runs of a folder, also while they train.

It only reads, on loopback, for whoever holds the token it prints; what people say of runs (names,
tags, notes) may be changed unless it is read-only. `docs/dashboard-api.md` lists the requests.
"""

from bathyscope.server.settings import Settings as Settings
from bathyscope.server.settings import make_settings as make_settings
