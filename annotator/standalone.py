"""A page that stands alone: one HTML file that loads nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib

_PAGE = """<!DOCTYPE html>
<html lang="en"{root}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body{trunk}>
{body}
</body>
</html>
"""


def standalone(title: str, style: str, body: str, *, root_class: str = "", body_class: str = "") -> str:
    """The whole file; `title` and `body` are escaped HTML. Its policy allows that one style sheet and nothing else."""
    return _PAGE.format(
        root=_class(root_class),
        trunk=_class(body_class),
        digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        title=title,
        style=style,
        body=body,
    )


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
