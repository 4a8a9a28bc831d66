"""Pages that are one HTML file, as tests read them."""

from html.parser import HTMLParser


class ReadPage(HTMLParser):
    """What stands in a page: its images, headings, words and tables; and that every element is closed."""

    VOID = frozenset({"meta", "img"})

    def __init__(self, text):
        super().__init__()
        self.images, self.headings, self.addresses, self.open = [], [], [], []
        self.words, self.cells = [], []
        self.feed(text)
        self.close()

    @property
    def rows(self) -> int:
        """Number of rows of all tables."""
        return len(self.cells)

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr":
            self.cells.append([])
        values = dict(attrs)
        self.addresses += [values[name] for name in ("src", "href") if name in values]
        if tag == "img":
            self.images.append(values)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)
        if self.open and self.open[-1] in {"td", "th"}:
            self.cells[-1].append(data)


def check_whole(text: str) -> None:
    """The page needs nothing from anywhere, its pictures say what they are, and every element is closed."""
    read = ReadPage(text)
    assert read.open == []
    assert all(image["src"].startswith("data:image/") and image["alt"] for image in read.images)
    assert all(address.startswith(("data:", "#")) for address in read.addresses)
    assert "@import" not in text
    assert "url(" not in text
    assert "<script" not in text
    assert len(text) < 5e6
