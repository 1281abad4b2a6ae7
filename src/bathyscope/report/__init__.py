"""A run shown whole: every room of it on one page, or as a folder of pictures."""

from bathyscope.report.headlines import Headline as Headline
from bathyscope.report.headlines import headlines as headlines
from bathyscope.report.pictures import write_pictures as write_pictures
from bathyscope.report.write import write_report as write_report
