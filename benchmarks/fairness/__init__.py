"""Whom the annotator treats alike: names swapped in written templates, false alarms by the leaning of an outlet."""
