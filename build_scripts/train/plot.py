"""Small SVG plots: lines with error bars; black on white, readable at any size."""

from html import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 36, 56
COLOURS = ('#1b6ca8', '#d1495b', '#2e933c', '#7b5ea7', '#666666')


def nice_steps(low, high, wanted=5):
    """Round numbers between low and high."""
    span = (high - low) / wanted
    size = 10.0 ** len(str(int(span))) if span >= 1 else 1.0
    while size / 10 > span:
        size /= 10
    size = min((size * f for f in (1, 0.5, 0.2, 0.1, 0.05, 0.02)), key=lambda s: abs(s - span))
    first = -(-low // size)
    return [round((first + i) * size, 10) for i in range(int((high - first * size) / size + 1e-9) + 1)]


class Plot:
    """Axes with a title; places are given in data's units. `categories`: places of equal distance along the x axis, two at
    least."""

    def __init__(self, title, x_title, y_title, y_range, categories):
        self.categories, self.y_range = categories, y_range
        self.parts = []
        self.keys = []
        self.frame(title, x_title, y_title)

    def place(self, x, y):
        """Data to pixels."""
        (y0, y1), along = self.y_range, self.categories.index(x) / (len(self.categories) - 1)
        return (LEFT + along * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM))

    def text(self, x, y, text, anchor='middle', more=''):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(text)}</text>')

    def frame(self, title, x_title, y_title):
        middle = (LEFT + WIDTH - RIGHT) / 2
        self.text(middle, 20, title, more='font-weight="bold"')
        self.text(middle, HEIGHT - 14, x_title)
        self.text(18, (TOP + HEIGHT - BOTTOM) / 2, y_title,
                  more=f'transform="rotate(-90 18 {(TOP + HEIGHT - BOTTOM) / 2:.0f})"')
        for tick in nice_steps(*self.y_range):
            _, y = self.place(self.categories[0], tick)
            self.parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
            self.text(LEFT - 8, y + 4, f'{tick:g}', 'end')
        for tick in self.categories:
            x, y = self.place(tick, self.y_range[0])
            self.text(x, y + 18, f'{tick:g}' if not isinstance(tick, str) else tick)

    def line(self, name, points, errors=None):
        """A named line through (x, y), with (low, high) bars when `errors` gives them."""
        colour = COLOURS[len(self.keys) % len(COLOURS)]
        places = [self.place(x, y) for x, y in points]
        path = ' '.join(f'{x:.1f},{y:.1f}' for x, y in places)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        shift = 3 * (len(self.keys) - 1.5) if errors else 0
        for i, (x, y) in enumerate(places):
            self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
            if errors:
                low, high = (self.place(points[i][0], bound)[1] for bound in errors[i])
                self.parts.append(f'<line x1="{x + shift:.1f}" x2="{x + shift:.1f}" y1="{low:.1f}" '
                                  f'y2="{high:.1f}" stroke="{colour}"/>')
        self.key(name, colour)

    def key(self, name, colour):
        y = TOP + 14 + 20 * len(self.keys)
        left = WIDTH - RIGHT + 12
        self.parts.append(f'<rect x="{left}" y="{y - 9}" width="12" height="10" fill="{colour}"/>')
        self.text(WIDTH - RIGHT + 30, y, name, 'start')
        self.keys.append(name)

    def svg(self):
        """The whole picture."""
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
                f'font-family="system-ui, sans-serif" font-size="12" fill="#222">'
                f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{"".join(self.parts)}</svg>\n')
