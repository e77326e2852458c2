"""What the tool says beyond figures: the catalogue of findings, and their makers. Pure: models in, findings out.

A new finding is an entry in ``catalogue``, a maker that calls ``catalogue.found``, and a page in docs/diagnoses/.
"""
