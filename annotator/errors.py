"""The errors a user can meet; each message names the fact, the value and the remedy."""


class AnnotatorError(Exception):
    """Anything the annotator refuses to do; the message is one line fit for a terminal."""


class InputError(AnnotatorError):
    """A text, file or row that cannot be read as asked."""


class LabelsError(AnnotatorError):
    """labels.toml is missing, unreadable or inconsistent."""


class ModelError(AnnotatorError):
    """A model folder is missing, damaged, or of another format."""
