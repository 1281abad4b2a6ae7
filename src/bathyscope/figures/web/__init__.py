"""Figures as one self-contained, interactive HTML page."""

from bathyscope.figures.web.decode import from_json as from_json
from bathyscope.figures.web.encode import Fact as Fact
from bathyscope.figures.web.encode import to_json as to_json
from bathyscope.figures.web.envelope import envelope as envelope
from bathyscope.figures.web.envelope import figure_envelope as figure_envelope
from bathyscope.figures.web.page import Section as Section
from bathyscope.figures.web.page import copied_page as copied_page
from bathyscope.figures.web.page import document as document
from bathyscope.figures.web.page import live_page as live_page
from bathyscope.figures.web.page import page as page
