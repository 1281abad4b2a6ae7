"""Draw figures with Plotly, to point at and zoom into in notebooks and pages."""

from bathyscope.figures.plotly.draw import draw as draw
