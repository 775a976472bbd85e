"""weights/demo/README.md, with the experiment's table and plot and all the evidence in figures."""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from about import interval
from experiment import COUNTS, SEEDS
from familiarity import tells_apart
from plot import Plot
from ratings import TRAITS
from words import NAMES

ROOT = Path(__file__).parents[2]
WAYS = {'histogram': 'colour histogram', 'teachers': 'both teachers, ridge', 'head': 'frozen + head', 'lora': 'LoRA + head', 'full': 'full fine-tuning'}
FIRST = 'first'     # the folder of the trunk that distillation started from
BEFORE = f'{FIRST}-head'
WAYS[BEFORE] = f'{WAYS["head"]}, before distillation'
PAIRS = {'LoRA above the head': ('head', 'lora'), 'full above LoRA': ('lora', 'full'), 'full above the head': ('head', 'full')}
SEED_COUNT, STUDENT = 5, 2.776      # Student's t of a 95 % interval over five seeds


def table(header, rows):
    """A Markdown table."""
    lines = ['| ' + ' | '.join(header) + ' |', '|' + ' --- |' * len(header)]
    return '\n'.join(lines + ['| ' + ' | '.join(str(cell) for cell in row) + ' |' for row in rows])


def read_runs(work):
    """{trait: {way: {count: [Spearman of each seed, in their order]}}}."""
    runs = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for folder in (work, work / FIRST):
        for (way, count, _, trait), value in json.loads((folder / 'experiment.json').read_text()):
            runs[trait][way if folder == work else f'{FIRST}-{way}'][count].append(value)
    return runs


def spread(values):
    """(mean, standard deviation over seeds)."""
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def experiment_plot(trait, ways):
    """Held-out Spearman against the number of labels; bars are a standard deviation over seeds."""
    points = {way: [(count, *spread(ways[way][count])) for count in COUNTS if ways[way][count]] for way in SEEDS}
    low = min(mean - sd for row in points.values() for _, mean, sd in row)
    high = max(mean + sd for row in points.values() for _, mean, sd in row)
    plot = Plot(f'{trait.capitalize()} of held-out photographs', 'labels', 'Spearman',
                (min(0, low) - 0.02, high + 0.05), list(COUNTS))
    for way, row in points.items():
        if row:
            plot.line(WAYS[way], [(count, mean) for count, mean, _ in row],
                      [(mean - sd, mean + sd) for _, mean, sd in row])
    return plot.svg()


def experiment_cell(values, planned):
    """Mean ± standard deviation, and how many seeds if not all."""
    if not values:
        return 'not run'
    mean, deviation = spread(values)
    text = f'{mean:.3f} ± {deviation:.3f}' if len(values) > 1 else f'{mean:.3f}'
    return text if len(values) == planned else f'{text} ({len(values)} of {planned} seeds)'


def experiment_table(ways):
    """Mean and standard deviation over the seeds."""
    rows = []
    for way, name in WAYS.items():
        rows.append([name, *(experiment_cell(ways[way][count], SEEDS['head' if way == BEFORE else way]) for count in COUNTS)])
    return table(['labels', *map(str, COUNTS)], rows)


def difference_cell(first, second):
    """Mean of `second` above `first` over the same five seeds, with Student's interval."""
    if not len(first) == len(second) == SEED_COUNT:
        return 'not run'
    above = np.array(second) - np.array(first)
    mean, half = above.mean(), STUDENT * above.std(ddof=1) / SEED_COUNT ** 0.5
    return f'{mean:+.3f} [{mean - half:+.3f}, {mean + half:+.3f}]'


def differences_table(ways):
    """How far each way lies above another one with the same labels and seeds."""
    rows = [[name, *(difference_cell(ways[first][count], ways[second][count]) for count in COUNTS)]
            for name, (first, second) in PAIRS.items()]
    return table(['labels', *map(str, COUNTS)], rows)


def kinds_table(figures, strengths):
    """Mean score at each strength and the correlation with it."""
    rows = [[NAMES[kind]['en'], row['photographs'], *(f'{value:.2f}' for value in row['mean_scores']), f'{row["spearman_mean"]:.2f}',
             f'{row["spearman_lowest"]:.2f}', f'{100 * row["below_0.7"]:.0f} %'] for kind, row in figures['kinds'].items()]
    return table(['degradation', 'photographs', *(f'{s:g}' for s in strengths), 'Spearman', 'lowest', 'below 0.7'], rows)


def neutral_table(evidence):
    """The changes that should not move a score."""
    rows = [[name, *(f'{evidence[task]["neutral"][name][key]:{form}}' for task in ('quality', 'sharpness')
                     for key, form in (('mean', '+.3f'), ('sd', '.3f')))]
            for name in evidence['quality']['neutral']]
    return table(['change', 'quality', 'spread', 'sharpness', 'spread'], rows)


def strange_table(evidence):
    """Scores of pictures of a sort that training never saw."""
    rows = [[name, *(f'{evidence[task]["strange"][name]["mean"]:.2f} ± {evidence[task]["strange"][name]["sd"]:.2f}'
                     for task in ('quality', 'sharpness'))] for name in evidence['quality']['strange']]
    return table(['pictures', 'quality', 'sharpness'], rows)


def traits_table(work):
    """Held-out figures of each trait beside the baseline."""
    rows = []
    for trait in TRAITS:
        report = json.loads((work / f'{trait}.json').read_text())
        low, high = report['gain_interval']
        rows.append([trait, interval(report['told']['spearman']), interval(report['histogram_ridge']['spearman']),
                     f'{low:+z.2f} … {high:+z.2f}'])
    return table(['trait', 'the task, Spearman', 'colour-histogram ridge', 'difference'], rows)


def traits_text(work):
    """Who is ahead, and how surely."""
    sentences = []
    for trait in TRAITS:
        report = json.loads((work / f'{trait}.json').read_text())
        low, high = report['gain_interval']
        better = 'task' if low > 0 else 'baseline'
        finding = 'no difference could be shown, since the interval contains zero' if low <= 0 <= high else f'the {better} predicts it better'
        sentences.append(f'{trait.capitalize()}: {finding}.')
    return '\n'.join(sentences)


def choice_table(work):
    """What cross-validation on the training part told of each way to fit."""
    rows = []
    for trait in TRAITS:
        report = json.loads((work / f'{trait}.json').read_text())
        rows += [[trait, name, f'{value:.3f}', 'taken' if name == report['chosen'] else '']
                 for name, value in report['candidates'].items()]
    return table(['trait', 'fit', 'cross-validated Spearman', ''], rows)


def trait_moves_table(work):
    """How the traits move where they should not, in shares of their spread over photographs."""
    reports = [json.loads((work / f'{trait}.json').read_text()) for trait in TRAITS]
    rows = [[name, *(f'{report["neutral"][name]["mean"] / report["spread"]:+z.2f} ± {report["neutral"][name]["sd"] / report["spread"]:.2f}'
                     for report in reports)] for name in reports[0]['neutral']]
    return table(['change', *TRAITS], rows)


def categories_table(work):
    """Held-out correlation within each sort of photograph, where the rated set names sorts."""
    rows = []
    for trait in TRAITS:
        found = json.loads((work / f'{trait}.json').read_text())['categories']
        rows += [[trait, name.lower().replace('_', ' '), row['photographs'], f'{row["spearman"]:.2f}']
                 for name, row in found.items() if name]
    return table(['trait', 'shown', 'photographs', 'Spearman'], rows)


def familiarity_table(work):
    """How often pictures of each sort count as unfamiliar."""
    found = json.loads((work / 'familiarity.json').read_text())['unfamiliar']
    return table(['pictures', 'number', 'unfamiliar'],
                 [[name, row['pictures'], f'{100 * row["below"]:.0f} %'] for name, row in found.items()])


def familiarity_text(work):
    """Whether the model carries it."""
    known = json.loads((work / 'familiarity.json').read_text())
    if tells_apart(known['unfamiliar']):
        return ('The model carries this distance, and results tell it (`familiar`). It is 0 for a picture whose shorter side has less than '
                f'{known["smallest"]} pixels:\nno photograph that it learnt from was smaller.')
    return ('The distance does not tell strange pictures from photographs on this trunk, so the model carries none, and no result '
            'says how familiar a picture is.')


def samples_table():
    """PyTorch's raw scores of the page's pictures."""
    pictures = json.loads((ROOT / 'tests' / 'golden' / 'demo-scores.json').read_text())['pictures']
    tasks = list(next(iter(pictures.values()))['raw'])
    rows = [[name, *(f'{pictures[name]["raw"][task]:.2f}' for task in tasks)] for name in sorted(pictures)]
    return table(['picture', *tasks], rows)


def readme(work, template):
    """The page from its template: {name} is replaced by a table or a figure."""
    evidence = json.loads((work / 'evidence.json').read_text())
    values = {'samples': samples_table(), 'familiarity': familiarity_table(work), 'familiarity_text': familiarity_text(work), 'traits': traits_table(work), 'traits_text': traits_text(work), 'choice': choice_table(work), 'trait_moves': trait_moves_table(work),
              'categories': categories_table(work), 'neutral': neutral_table(evidence), 'strange': strange_table(evidence),
              'photographs': str(evidence['photographs']), 'checked': str(evidence['checked']),
              'agreement': (work / 'agreement.txt').read_text().strip()}
    for task in ('quality', 'sharpness'):
        values[f'{task}_kinds'] = kinds_table(evidence[task], evidence['strengths'])
        values[f'{task}_strength'] = f'{evidence[task]["spearman_strength"]:.3f}'
        values[f'{task}_measure'] = interval(evidence[task]['spearman_measure'])
    values['labels'] = (Path(__file__).parent / 'demo-labels.md').read_text().strip()
    values['experiments'] = '\n\n'.join(f'### {trait.capitalize()}\n\n![{trait.capitalize()}](experiment-{trait}.svg)\n\n'
                                        + experiment_table(ways) + '\n\n' + differences_table(ways) for trait, ways in read_runs(work).items())
    text = template
    for name, value in values.items():
        text = text.replace('{' + name + '}', value)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', required=True, type=Path)
    parser.add_argument('--out', type=Path, default=ROOT / 'weights' / 'demo')
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    template = (Path(__file__).parent / 'demo-readme.md').read_text()
    (args.out / 'README.md').write_text(readme(args.work, template))
    for trait, ways in read_runs(args.work).items():
        (args.out / f'experiment-{trait}.svg').write_text(experiment_plot(trait, ways))


if __name__ == '__main__':
    main()
