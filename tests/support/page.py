"""Parse a page, to test its structure."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """The elements of a page in order, each with its own text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open = [], []
        self.unbalanced = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, **dict(attrs), "text": ""}
        element["inside"] = tuple(each["tag"] for each in self.open)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append({"tag": tag, **dict(attrs), "text": "", "inside": ()})

    def handle_endtag(self, tag):
        if not self.open or self.open.pop()["tag"] != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        if self.open:
            self.open[-1]["text"] += data

    def all(self, tag):
        return [element for element in self.elements if element["tag"] == tag]
