"""One file per library: named as the library is imported, with ``attach(run, ...)``.

`Recording` finds it by that name, so ``xgboost.py`` makes ``run.xgboost(...)``; a second thing
for one library adds a word: ``lightning_logger.py``. A file is imported only when it is asked
for, and imports its library at the top.
"""
