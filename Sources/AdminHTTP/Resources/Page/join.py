"""Joins the sources of the live page into one Swift file.

    python3 join.py OUTPUT

Each HTML file becomes a function that returns its text; its placeholders ({{name}}) are the parameters. The style sheet
and the scripts become part of page.html, and their hashes the constants that a Content-Security-Policy needs.
"""

import base64
import hashlib
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).parent

# In the order in which they depend on each other.
SCRIPTS = ["format", "answer", "history", "chart", "poller", "figures", "row", "place", "list", "clients", "header", "page"]

# The placeholders of each HTML file.
PLACEHOLDERS = {
    "page": [
        "state", "version", "uptime", "started", "asOf", "uptimeSeconds", "listenerCount",
        "messagesReceived", "messagesSent", "bytesReceived", "bytesSent", "clientsCurrent", "clientsTotal",
        "droppedTotal", "rows", "rowTemplate", "dropTemplate",
    ],
    "row": [
        "name", "transport", "endpoint", "service", "marks", "messagesReceived", "messagesSent", "bytesReceived",
        "bytesSent", "clientsCurrent", "clientsTotal", "droppedTotal", "drops",
    ],
    "drop": ["reason", "figure"],
}

# Delimiters of a raw string that do not occur in the sources.
OPEN, CLOSE, INTERPOLATION = '###"""', '"""###', "\\###("


def read(name):
    try:
        text = (FOLDER / name).read_text(encoding="utf-8")
    except OSError as error:
        sys.exit(f"error: {name} of the live page cannot be read: {error.strerror}")
    for forbidden in (CLOSE, "\\###", "\r"):
        if forbidden in text:
            sys.exit(f"error: {name} of the live page has {forbidden!r}, which cannot be in a Swift string")
    return text


def element_content(tag, text):
    if f"</{tag}" in text.lower():
        sys.exit(f"error: the live page has </{tag}> in the content of <{tag}>")
    return text


def without_comments(script):
    """The script without lines that contain only a comment, and without indentation: a browser needs neither."""
    script = re.sub(r"^[ ]*/\*\*.*?\*/\n", "", script, flags=re.MULTILINE | re.DOTALL)
    lines = (line.strip() for line in script.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def without_space(style):
    """The style sheet without insignificant space; its strings contain none of these characters."""
    return re.sub(r"(?<=[{};,:])\s+|\s+(?=[{};])", "", style).replace(";}", "}")


def source_hash(content):
    return "'sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() + "'"


def function(name, text, joined):
    """A Swift function that returns the text of an HTML file."""
    used = set()

    def replace(match):
        placeholder = match.group(1)
        if placeholder in joined:
            return joined[placeholder]
        if placeholder not in PLACEHOLDERS[name]:
            line = lines.count("\n", 0, match.start()) + 1
            sys.exit(f"error: {name}.html:{line} of the live page has the unknown placeholder {match.group(0)}")
        used.add(placeholder)
        return f"{INTERPOLATION}{placeholder})"

    lines = "".join(f"{line.strip()}\n" for line in text.splitlines())
    content = re.sub(r"\{\{(.*?)\}\}", replace, lines).rstrip("\n")
    for placeholder in PLACEHOLDERS[name]:
        if placeholder not in used:
            sys.exit(f"error: {name}.html of the live page lacks the placeholder {{{{{placeholder}}}}}")
    parameters = ", ".join(f"{placeholder}: String" for placeholder in PLACEHOLDERS[name])
    return f"  static func {name}({parameters}) -> String {{\n{OPEN}\n{content}\n{CLOSE}\n  }}\n"


def main():
    style = element_content("style", without_space(read("page.css")))
    script = element_content("script", "".join(without_comments(read(f"{name}.js")) for name in SCRIPTS))
    joined = {"style": style, "script": script}
    functions = [function(name, read(f"{name}.html"), joined) for name in PLACEHOLDERS]
    pathlib.Path(sys.argv[1]).write_text(
        "// Made from the sources of the live page by join.py.\n\n"
        "enum PageSource {\n"
        f'  static let styleHash = "{source_hash(style)}"\n'
        f'  static let scriptHash = "{source_hash(script)}"\n\n' + "\n".join(functions) + "}\n",
        encoding="utf-8",
    )


main()
