"""A task's card: the sentences of words.py with the figures of a run's files, by topic and language."""

import numpy as np

import words

LANGUAGES = ('en', 'ja')


def interval(figure):
    """0.91 [0.89, 0.93]."""
    return f'{figure["value"]:.2f} [{figure["interval"][0]:.2f}, {figure["interval"][1]:.2f}]'


def listed(form, language, rows):
    """Figures by English name, one after the other. @param form an entry and what parts two, by language"""
    entry, separator = form[language]
    name_of = words.JAPANESE.__getitem__ if language == 'ja' else lambda name: name.replace('_', ' ')
    return separator.join(entry.format(name=name_of(name), **figures) for name, figures in rows.items())


def moves_of(language, kinds):
    """How the mean score moves from no degradation to the strongest, per kind."""
    entry, separator = words.MOVES[language]
    return separator.join(entry.format(name=words.NAMES[kind][language], first=row['mean_scores'][0], last=row['mean_scores'][-1])
                          for kind, row in kinds.items())


def on_scale(values, output):
    """Raw values as scores."""
    (low, high), (first, last) = output['from'], output['to']
    return np.clip(first + (np.asarray(values) - low) * (last - first) / (high - low), first, last)


def scores_of(figures, output):
    """A technical task's raw figures as those of scores: what is told is moved to the scale, differences and spreads are stretched with it."""
    (low, high), (first, last) = output['from'], output['to']
    stretch = (last - first) / (high - low)

    def told(row):
        return {**row, 'mean': float(on_scale(row['mean'], output)), 'sd': row['sd'] * stretch}

    return {**figures, 'clean': told(figures['clean']), 'strange': {name: told(row) for name, row in figures['strange'].items()},
            'kinds': {name: {**row, 'mean_scores': on_scale(row['mean_scores'], output).tolist()} for name, row in figures['kinds'].items()},
            'neutral': {name: {key: value * stretch for key, value in row.items()} for name, row in figures['neutral'].items()}}


def technical_about(task, evidence, output):
    """The `about` of quality or sharpness, in scores."""
    figures = scores_of(evidence[task], output)
    kinds = figures['kinds']
    worst = min(kinds, key=lambda kind: kinds[kind]['spearman_mean'])
    plain = dict(photographs=evidence['photographs'], strength=figures['spearman_strength'], least=kinds[worst]['spearman_mean'],
                 measure=interval(figures['spearman_measure']), checked=evidence['checked'], clean=figures['clean']['mean'])

    def values(language):
        return dict(plain, kinds=words.KINDS[task][language], worst=words.NAMES[worst][language],
                    moves=moves_of(language, kinds), neutral=listed(words.NEUTRAL, language, figures['neutral']),
                    strange=listed(words.STRANGE, language, figures['strange']))

    topics = {'direction': words.DIRECTION[task], 'trained_on': words.TRAINED_ON[task], **words.TECHNICAL}
    return in_words(topics, ('direction', 'scale', 'trained_on', 'held_out', 'moves', 'bias', 'known_failures', 'not_for'), values)


def trait_about(trait, report):
    """The `about` of a trait that people rated."""
    pictures, told, (low, high) = report['pictures'], report['told'], report['gain_interval']
    clear = words.CLEAR if low > 0 else words.UNCLEAR
    categories = {name.lower(): row for name, row in report['categories'].items() if name}
    plain = dict(train=pictures['train'], test=pictures['test'], spearman=interval(told['spearman']),
                 pearson=interval(told['pearson']), ridge=interval(report['histogram_ridge']['spearman']), low=low, high=high,
                 spread=report['spread'], unrated=round(report['unrated'], -2))

    def values(language):
        return dict(plain, clear=clear[language], within=listed(words.WITHIN, language, categories),
                    neutral=listed(words.NEUTRAL, language, report['neutral']), raters=words.RATERS[trait][language])

    failures = words.TRAIT['known_failures']
    if categories:
        failures = {language: words.SHOWN[language] + failures[language] for language in LANGUAGES}
    fitted = words.FITTED[report['chosen']]
    learnt = {language: words.RATED_ON[trait][language] + fitted[language] for language in LANGUAGES}
    topics = {'direction': words.DIRECTION[trait], 'trained_on': learnt, **words.TRAIT, 'known_failures': failures,
              'not_for': words.NOT_FOR[trait]}
    return in_words(topics, ('direction', 'trained_on', 'held_out', 'bias', 'known_failures', 'not_for'), values)


def in_words(topics, order, values):
    """{topic: {language: sentence}}. @param values the figures' texts in a language"""
    return {topic: {language: topics[topic][language].format(**values(language)) for language in LANGUAGES} for topic in order}
