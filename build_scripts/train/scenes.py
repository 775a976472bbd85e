"""Four rendered scenes, the pictures that the page shows first: nothing of them comes from a photograph.

Each function returns RGB [rows, columns, 3], about 0..1, at twice the final size; samples.py shrinks them.
"""

import numpy as np

ROWS, COLUMNS = 640, 960


def value_noise(rng, rows, columns, cell_rows, cell_columns):
    """Smooth noise in 0..1 from a lattice of random values, cubic between its points."""
    lattice = rng.random((int(rows / cell_rows) + 3, int(columns / cell_columns) + 3))
    y, x = np.arange(rows) / cell_rows, np.arange(columns) / cell_columns
    iy, ix = y.astype(int), x.astype(int)
    fy, fx = (y - iy)[:, None], (x - ix)[None, :]
    fy, fx = fy * fy * (3 - 2 * fy), fx * fx * (3 - 2 * fx)
    a, b = lattice[np.ix_(iy, ix)], lattice[np.ix_(iy, ix + 1)]
    c, d = lattice[np.ix_(iy + 1, ix)], lattice[np.ix_(iy + 1, ix + 1)]
    return (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy


def fractal(rng, rows, columns, cell, octaves=6, stretch=1.0, gain=0.5):
    """Octaves of value noise, about 0..1; `stretch` widens the cells."""
    total, weight, result = 0.0, 1.0, np.zeros((rows, columns))
    for _ in range(octaves):
        if cell < 1.5:
            break
        result += weight * value_noise(rng, rows, columns, cell, cell * stretch)
        total, weight, cell = total + weight, weight * gain, cell / 2
    return result / total


def mix(a, b, share):
    """Linear interpolation; `share` is a number or an array without the colour axis."""
    share = np.asarray(share)[..., None] if np.ndim(share) > 0 else share
    return a * (1 - share) + b * share


def smoothstep(low, high, x):
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def colour(*rgb):
    """A colour as an array that broadcasts over a picture."""
    return np.array(rgb, dtype=float)


def grid():
    """Row and column coordinates, 0..1 down and 0..1.5 across."""
    return np.mgrid[0:ROWS, 0:COLUMNS] / ROWS


def lake():
    """Mountains behind a lake in the evening: gradients, ridges, ripples, fine trees."""
    rng = np.random.default_rng(11)
    y, x = grid()
    sky = mix(colour(0.20, 0.40, 0.72) * np.ones((ROWS, COLUMNS, 3)), colour(0.98, 0.76, 0.52),
              smoothstep(0.0, 0.5, y))
    clouds = smoothstep(0.52, 0.75, fractal(rng, ROWS, COLUMNS, 120, 6, 3.0)) * smoothstep(0.5, 0.1, y)
    picture = mix(sky, colour(1.0, 0.93, 0.88), 0.75 * clouds)
    glow = np.exp(-((x - 1.05) ** 2 + (y - 0.36) ** 2) / 0.02)
    picture = picture + glow[..., None] * colour(0.5, 0.35, 0.15)
    shore = 0.56
    for depth in range(4):
        ridge = fractal(rng, 1, COLUMNS, 300 / (depth + 1), 8, 1.0, 0.48)[0]
        top = 0.20 + 0.085 * depth + 0.30 * (0.62 - ridge) * (1 - 0.12 * depth)
        inside = smoothstep(-0.001, 0.001, y - top[None, :])
        rock = fractal(rng, ROWS, COLUMNS, 60, 6, 0.6)
        light = 0.65 + 0.7 * np.clip(np.gradient(rock, axis=1) * 26, -0.5, 0.5)
        near = depth / 3
        base = mix(colour(0.55, 0.60, 0.74), colour(0.13, 0.24, 0.15), near)
        snow = smoothstep(0.10, 0.0, y - top[None, :] + 0.12 * (rock - 0.5)) * (1 - near) ** 2
        surface = mix(base * light[..., None], colour(0.95, 0.93, 0.95) * (0.6 + 0.4 * light[..., None]), snow)
        picture = mix(picture, surface, inside)
    rows = np.clip(((2 * shore - y[:, 0]) * ROWS), 0, ROWS - 1)
    ripple = (fractal(rng, ROWS, COLUMNS, 10, 3, 14.0) - 0.5) * 46 * np.clip(y - shore, 0, 1)
    source = np.clip(rows[:, None] + ripple * 2.2, 0, ROWS * shore - 1).astype(int)
    mirrored = picture[source, np.arange(COLUMNS)[None, :]]
    water = mirrored * colour(0.72, 0.80, 0.86) + 0.03
    picture = mix(picture, water, smoothstep(shore - 0.001, shore + 0.001, y))
    return pines(rng, picture, y)


def pines(rng, picture, y):
    """A row of dark conifers along the lower edge, branch by branch."""
    for _ in range(46):
        column, height = rng.integers(0, COLUMNS), rng.uniform(0.16, 0.42) * ROWS
        tint = colour(0.03, 0.08, 0.05) * rng.uniform(0.7, 1.8)
        for step in range(int(height)):
            row = ROWS - 1 - step
            reach = (1 - step / height) * height * 0.17 * (0.55 + 0.45 * ((step * 7919) % 13) / 12) + 1
            for side in (-1, 1):
                length = int(reach * rng.uniform(0.5, 1.05))
                first, last = sorted((column, column + side * length))
                first, last = max(first, 0), min(last + 1, COLUMNS)
                if first < last:
                    picture[row, first:last] = tint * (1 + 0.5 * rng.random((last - first, 1)))
    return picture


def spheres():
    """Three spheres on a wooden table, traced with a sky that they mirror: edges, shading, gloss."""
    rng = np.random.default_rng(5)
    y, x = grid()
    direction = np.stack([x - 0.75, 0.32 - y, np.full_like(x, 1.15)], -1)
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    origin = np.array([0.0, 0.95, -3.2])
    sun = np.array([-0.55, 0.72, -0.42])
    sun /= np.linalg.norm(sun)
    balls = [(np.array([-0.95, 0.62, 0.5]), 0.62, colour(0.80, 0.16, 0.12)),
             (np.array([0.25, 0.5, -0.3]), 0.50, colour(0.92, 0.72, 0.15)),
             (np.array([1.15, 0.72, 0.9]), 0.72, colour(0.10, 0.38, 0.62))]
    wood = fractal(rng, 512, 512, 128, 7, 0.05)
    picture = trace(origin, direction, balls, sun, wood, 2)
    # Grain as of a fabric backdrop and of brushed wood, which the eye expects at this size.
    weave = fractal(rng, ROWS, COLUMNS, 7, 3) - 0.5
    threads = 0.5 * np.sign(np.sin(x * 900) * np.sin(y * 900))
    backdrop = smoothstep(0.40, 0.36, y)
    return picture * (1 + 0.34 * weave + 0.10 * threads * backdrop)[..., None]


def hit_sphere(origin, direction, centre, radius):
    """The distance to a sphere, infinite where the ray misses."""
    offset = origin - centre
    half = (offset * direction).sum(-1)
    root = half * half - ((offset * offset).sum(-1) - radius * radius)
    distance = -half - np.sqrt(np.maximum(root, 0))
    return np.where((root > 0) & (distance > 1e-3), distance, np.inf)


def sky_colour(direction):
    """A room's light: bright above, warm at the horizon, with a window."""
    up = np.clip(direction[..., 1], -0.2, 1)
    horizon = colour(0.80, 0.74, 0.68) * np.ones(direction.shape)
    sky = mix(horizon, colour(0.36, 0.48, 0.66), smoothstep(0, 0.7, up))
    window = (np.abs(direction[..., 0] + 0.5) < 0.22) & (np.abs(direction[..., 1] - 0.62) < 0.2)
    return np.where(window[..., None], colour(1.6, 1.55, 1.45), sky)


def wood_colour(point, wood):
    """Planks along one axis with a grain of their own."""
    plank = np.floor(point[..., 0] * 2.2)
    u = ((point[..., 2] * 60 + plank * 131) % 512).astype(int)
    v = ((point[..., 0] * 420) % 512).astype(int)
    grain = wood[u, v]
    base = mix(colour(0.46, 0.28, 0.14), colour(0.74, 0.52, 0.30), grain)
    shade = 0.85 + 0.25 * ((plank * 37) % 5) / 4
    seam = smoothstep(0.0, 0.02, np.abs((point[..., 0] * 2.2) % 1 - 0.5) * -1 + 0.5)
    return base * shade[..., None] * (0.45 + 0.55 * seam[..., None])


def trace(origin, direction, balls, sun, wood, depth):
    """Rays to colours: the nearest sphere or the table, lit by the sun, with one or two mirrorings."""
    origin = np.broadcast_to(origin, direction.shape)
    picture = sky_colour(direction)
    down = np.minimum(direction[..., 1], -1e-4)
    nearest = np.where(direction[..., 1] < -1e-4, -origin[..., 1] / down, np.inf)
    distances = [nearest] + [hit_sphere(origin, direction, centre, radius) for centre, radius, _ in balls]
    which = np.argmin(distances, 0)
    distance = np.min(distances, 0)
    point = origin + np.where(np.isfinite(distance), distance, 0)[..., None] * direction
    for index in range(len(balls) + 1):
        mask = (which == index) & np.isfinite(distance)
        if not mask.any():
            continue
        place, ray = point[mask], direction[mask]
        if index == 0:
            normal = np.broadcast_to([0.0, 1.0, 0.0], place.shape)
            albedo, gloss = wood_colour(place, wood), 0.10
        else:
            centre, radius, albedo = balls[index - 1]
            normal, gloss = (place - centre) / radius, 0.22
        picture[mask] = shade(place, normal, ray, albedo, gloss, balls, sun, wood, depth)
        if index == 0:
            picture[mask] = mix(picture[mask], colour(0.80, 0.74, 0.68),
                                smoothstep(5, 16, distance[mask]))
    return picture


def shade(place, normal, ray, albedo, gloss, balls, sun, wood, depth):
    """Diffuse light with a soft shadow, a highlight, and what is mirrored."""
    shadow = np.zeros(len(place))
    rng = np.random.default_rng(3)
    samples = 12
    for _ in range(samples):
        towards = sun + 0.09 * rng.standard_normal(3)
        towards /= np.linalg.norm(towards)
        blocked = np.zeros(len(place), bool)
        for centre, radius, _ in balls:
            blocked |= np.isfinite(hit_sphere(place + 1e-3 * normal, towards[None, :], centre, radius))
        shadow += blocked / samples
    facing = np.clip(normal @ sun, 0, 1) * (1 - shadow)
    ambient = 0.32 + 0.16 * normal[:, 1]
    result = albedo * (ambient + 0.85 * facing)[:, None]
    mirrored = ray - 2 * (ray * normal).sum(-1, keepdims=True) * normal
    highlight = np.clip(mirrored @ sun, 0, 1) ** 60 * (1 - shadow)
    if depth > 0:
        fresnel = gloss + (1 - gloss) * (1 - np.clip(-(ray * normal).sum(-1), 0, 1)) ** 5
        seen = trace(place + 1e-3 * normal, mirrored, balls, sun, wood, depth - 1)
        result = result * (1 - 0.6 * fresnel[:, None]) + seen * fresnel[:, None] * 0.7
    return result + 0.6 * highlight[:, None]


def house():
    """A brick front with shuttered windows and flowers: straight edges and repeated texture."""
    rng = np.random.default_rng(21)
    y, x = grid()
    row = np.floor(y / 0.032).astype(int)
    shifted = x + 0.041 * (row % 2)
    column = np.floor(shifted / 0.082).astype(int)
    tone = rng.random((row.max() + 1, column.max() + 1, 3))[row, column]
    brick = colour(0.58, 0.27, 0.19) * (0.72 + 0.5 * tone[..., :1]) + 0.05 * (tone - 0.5)
    along, across = y % 0.032, shifted % 0.082
    edge = np.minimum(np.minimum(along, 0.032 - along), np.minimum(across, 0.082 - across))
    rough = fractal(rng, ROWS, COLUMNS, 14, 4)
    wall = mix(colour(0.74, 0.70, 0.64) * np.ones_like(brick), brick, smoothstep(0.0022, 0.0040, edge))
    picture = wall * (0.72 + 0.56 * rough)[..., None]
    for left in (0.17, 0.63, 1.09):
        for top in (0.10, 0.56):
            picture = window(rng, picture, y, x, left, top)
    light = 1.08 - 0.35 * smoothstep(0.2, 1.5, x + 0.5 * y)
    eaves = smoothstep(0.0, 0.09, y - 0.012 - 0.03 * fractal(rng, ROWS, COLUMNS, 90, 3))
    return picture * light[..., None] * (0.35 + 0.65 * eaves)[..., None]


def window(rng, picture, y, x, left, top):
    """A window with panes, a sill, two louvred shutters and a box of flowers."""
    def inside(x0, y0, x1, y1):
        return (x >= left + x0) & (x < left + x1) & (y >= top + y0) & (y < top + y1)

    picture = picture.copy()
    shadow = inside(-0.095, -0.005, 0.305, 0.33)
    picture[shadow] *= 0.72
    for x0 in (-0.1, 0.2):
        shutter = inside(x0, -0.01, x0 + 0.095, 0.31)
        slat = 0.7 + 0.45 * (((y - top) % 0.017) / 0.017)
        picture[shutter] = (colour(0.13, 0.40, 0.36) * slat[..., None])[shutter]
    picture[inside(-0.004, -0.012, 0.199, 0.312)] = colour(0.92, 0.90, 0.85)
    glass = mix(colour(0.16, 0.22, 0.30) * np.ones_like(picture), colour(0.62, 0.74, 0.86),
                smoothstep(0.42, 0.6, fractal(rng, ROWS, COLUMNS, 70, 4) + 0.3 * (0.2 - (y - top))))
    for i in range(2):
        for j in range(3):
            pane = inside(0.012 + i * 0.094, 0.004 + j * 0.1, 0.093 + i * 0.094, 0.094 + j * 0.1)
            picture[pane] = glass[pane]
    picture[inside(-0.02, 0.312, 0.215, 0.33)] = colour(0.78, 0.76, 0.72)
    picture[inside(-0.01, 0.272, 0.205, 0.312)] = colour(0.40, 0.24, 0.13)
    petals = [colour(0.92, 0.20, 0.30), colour(0.96, 0.80, 0.20), colour(0.96, 0.93, 0.92),
              colour(0.62, 0.25, 0.70)]
    for i in range(210):
        cx, cy = left + rng.uniform(-0.012, 0.207), top + 0.262 + rng.normal(0, 0.014)
        tint = petals[rng.integers(4)] if i % 2 else colour(0.14, 0.36, 0.12) * rng.uniform(0.7, 1.6)
        radius = rng.uniform(0.003, 0.0075)
        spot = (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2
        picture[spot] = tint * rng.uniform(0.75, 1.05)
    return picture


def pebbles():
    """Pebbles on a beach: each a shaded, speckled cell of a Voronoi diagram."""
    rng = np.random.default_rng(8)
    y, x = grid()
    points = np.stack(np.meshgrid(np.arange(22) / 21 * 1.6 - 0.05, np.arange(14) / 13 * 1.1 - 0.05), -1)
    points = points.reshape(-1, 2) + rng.normal(0, 0.017, (22 * 14, 2))
    warp = 0.022 * (fractal(rng, ROWS, COLUMNS, 60, 3) - 0.5)
    distance = np.hypot((x + warp)[..., None] - points[:, 0], (y - warp)[..., None] - points[:, 1])
    order = np.argpartition(distance, 1, axis=-1)[..., :2]
    two = np.take_along_axis(distance, order, -1)
    first = np.argmin(two, -1)
    which = np.take_along_axis(order, first[..., None], -1)[..., 0]
    border = np.abs(two[..., 0] - two[..., 1])
    height = np.sqrt(np.clip(border / 0.055, 0, 1))
    slope_y, slope_x = np.gradient(height)
    light = np.clip(0.62 - 7.0 * slope_x - 9.0 * slope_y, 0.05, 1.45)
    tints = np.array([[0.55, 0.50, 0.46], [0.36, 0.38, 0.42], [0.74, 0.68, 0.60], [0.50, 0.34, 0.28],
                      [0.82, 0.80, 0.76], [0.30, 0.33, 0.32]])
    tint = tints[rng.integers(len(tints), size=len(points))] * rng.uniform(0.8, 1.15, (len(points), 1))
    tint = tint[which]
    speckle = fractal(rng, ROWS, COLUMNS, 8, 3)
    vein = smoothstep(0.02, 0.0, np.abs(fractal(rng, ROWS, COLUMNS, 90, 4) - 0.5)) * (which % 3 == 0)
    surface = mix(tint * (0.7 + 0.6 * speckle)[..., None], colour(0.92, 0.90, 0.86), 0.6 * vein)
    surface = surface * light[..., None] * (0.9 + 0.1 * height[..., None])
    sand = colour(0.30, 0.25, 0.19) * (0.5 + 0.7 * rng.random((ROWS, COLUMNS, 1)))
    return mix(sand, surface, smoothstep(0.003, 0.008, border))


SCENES = {'lake': lake, 'spheres': spheres, 'house': house, 'pebbles': pebbles}
