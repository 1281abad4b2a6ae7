"""Waist 2: pictures as data, and the renderers that draw them.

A view says *what* to show with marks; a renderer says *how* on one surface:
``bathyscope.figures.mpl`` (matplotlib), ``bathyscope.figures.plotly`` and
``bathyscope.figures.web`` (one HTML file). Nothing here knows what a model or a run is.
"""

from bathyscope.figures.color import ColorScale as ColorScale
from bathyscope.figures.figure import Axis as Axis
from bathyscope.figures.figure import Figure as Figure
from bathyscope.figures.figure import Film as Film
from bathyscope.figures.figure import Panel as Panel
from bathyscope.figures.marks import MARKS as MARKS
from bathyscope.figures.marks import Asked as Asked
from bathyscope.figures.marks import Bars as Bars
from bathyscope.figures.marks import Boxes as Boxes
from bathyscope.figures.marks import Browse as Browse
from bathyscope.figures.marks import Categories as Categories
from bathyscope.figures.marks import Continuous as Continuous
from bathyscope.figures.marks import Counted as Counted
from bathyscope.figures.marks import Graph as Graph
from bathyscope.figures.marks import Heat as Heat
from bathyscope.figures.marks import Ids as Ids
from bathyscope.figures.marks import Line as Line
from bathyscope.figures.marks import Mark as Mark
from bathyscope.figures.marks import Matrix as Matrix
from bathyscope.figures.marks import Note as Note
from bathyscope.figures.marks import Points as Points
from bathyscope.figures.marks import Points3D as Points3D
from bathyscope.figures.marks import Table as Table
from bathyscope.figures.marks import Tiles as Tiles
from bathyscope.figures.marks import Tokens as Tokens
from bathyscope.figures.marks import Wave as Wave
