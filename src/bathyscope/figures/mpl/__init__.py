"""Draw figures with matplotlib, for papers, notebooks and scripts."""

from bathyscope.figures.mpl.draw import draw as draw
from bathyscope.figures.mpl.draw import save as save
