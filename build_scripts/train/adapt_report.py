"""What adapt.py tells about an adapter: how well it does on pictures that it has not seen, and where not."""

import json

import numpy as np

from measures import bootstrap_interval, pearson, ranks, spearman
from plot import Plot

MOST_DIFFERENT = 10


def accuracy(told, wanted):
    """The share of right classes; told is [count, classes]."""
    return float((np.argmax(told, 1) == wanted).mean())


def held_out(labels, told):
    """The figures of out-of-fold outputs, with 95 % bootstrap intervals over pictures."""
    wanted = np.asarray(labels.values)
    if labels.is_score:
        measures = {'spearman': lambda t, w: spearman(t[:, 0], w), 'pearson': lambda t, w: pearson(t[:, 0], w)}
    else:
        measures = {'accuracy': accuracy}
    result = {}
    for name, measure in measures.items():
        interval = bootstrap_interval(lambda rows: measure(told[rows], wanted[rows]), len(wanted))
        result[name] = {'value': measure(told, wanted), 'interval': list(interval)}
    return result


def most_different(labels, told):
    """The pictures where the model and people differ most."""
    wanted = np.asarray(labels.values)
    if labels.is_score:
        # In ranks, so that a model that is cautious with extremes is not blamed for each of them.
        gap = np.abs(ranks(told[:, 0]) - ranks(wanted))
        model, people = told[:, 0].tolist(), wanted.tolist()
    else:
        shifted = told - told.max(1, keepdims=True)
        chance = np.exp(shifted) / np.exp(shifted).sum(1, keepdims=True)
        gap = 1 - chance[np.arange(len(wanted)), wanted]
        model = [labels.classes[i] for i in np.argmax(told, 1)]
        people = [labels.classes[i] for i in wanted]
    worst = np.argsort(-gap, kind='stable')[:MOST_DIFFERENT]
    return [{'image': labels.files[i].name, 'people': people[i], 'model': model[i]} for i in worst]


def figure_text(name, figure):
    """One figure with its interval."""
    return f'{name} {figure["value"]:.2f} [{figure["interval"][0]:.2f}, {figure["interval"][1]:.2f}]'


def table(header, rows):
    """A Markdown table."""
    lines = ['| ' + ' | '.join(header) + ' |', '|' + ' --- |' * len(header)]
    return '\n'.join(lines + ['| ' + ' | '.join(str(cell) for cell in row) + ' |' for row in rows])


def number(value):
    """Labels and outputs as people write them."""
    return f'{value:.2f}' if isinstance(value, float) else str(value)


def learning_plot(report):
    """Held-out figure against the share of the labels, as SVG."""
    name = next(iter(report['held_out']))
    points = [(point['labels'], point[name]['value']) for point in report['learning_curve']]
    errors = [point[name]['interval'] for point in report['learning_curve']]
    low = min(0, *(error[0] for error in errors))
    plot = Plot('Would more labels help?', 'labels', f'held-out {name}', None, (low, 1),
                categories=[x for x, _ in points])
    plot.line('LoRA and head', points, errors)
    return plot.svg()


def write_report(out, labels, told, frozen, folds, curve, stop):
    """Writes report.json, report.md and learning-curve.svg; returns the summary sentence."""
    full = told[max(told)]
    count = len(labels.values)
    report = {
        'pictures': count, 'classes': labels.classes, 'raters': labels.raters, 'agreement': labels.agreement,
        'folds': folds, 'held_out': held_out(labels, full), 'frozen_features': held_out(labels, frozen),
        'learning_curve': [{'labels': round(count * (folds - 1) / folds * share),
                            **held_out(labels, told[share])} for share in sorted(told)],
        'most_different': most_different(labels, full),
        'final_fit': {'pictures': count - stop, 'stopping_pictures': stop, 'losses': curve},
    }
    figures = ', '.join(figure_text(*item) for item in report['held_out'].items())
    summary = f'{figures} (95 % interval) over {count} pictures, each scored by a fit that had not seen it ' \
              f'({folds}-fold cross-validation)'
    (out / 'report.json').write_text(json.dumps(report, indent=2, ensure_ascii=False) + '\n')
    (out / 'learning-curve.svg').write_text(learning_plot(report))
    (out / 'report.md').write_text(markdown(report, summary))
    return summary


def markdown(report, summary):
    """The report for people."""
    frozen = ', '.join(figure_text(*item) for item in report['frozen_features'].items())
    final = report['final_fit']
    text = f"""# How well the adapter does

{summary[0].upper() + summary[1:]}. The same head on frozen features: {frozen}.

The adapter in this folder was then fitted anew to {final['pictures']} of the {report['pictures']} pictures;
the other {final['stopping_pictures']} only decided when to stop, after {len(final['losses'])} epochs at most.
Its own scores on these pictures are no evidence: the figures above come from fits that left them out.
"""
    if report['agreement']:
        agreement = report['agreement']
        text += f"\n{report['raters']} raters; {agreement['measure']}: {agreement['mean']:.2f}.\n"
    names = list(report['held_out'])
    rows = [[point['labels']] + [figure_text('', point[name]).strip() for name in names]
            for point in report['learning_curve']]
    text += '\n## Would more labels help?\n\n![Learning curve](learning-curve.svg)\n\n'
    text += table(['labels', *names], rows) + '\n'
    rows = [[row['image'], number(row['people']), number(row['model'])] for row in report['most_different']]
    text += '\n## Where the model and people differ most\n\n'
    return text + table(['picture', 'people', 'model'], rows) + '\n'
