"""A run shown whole: every room of it on one page, or as a folder of pictures."""

from bathyscope.reports.headlines import Headline as Headline
from bathyscope.reports.headlines import headlines as headlines
from bathyscope.reports.pictures import write_pictures as write_pictures
from bathyscope.reports.write import write_report as write_report
