"""The evidence in sentences, for the manifest and the page: every figure in them comes from a run's files."""

NAMES = {'gaussian_blur': 'Gaussian blur', 'defocus': 'defocus', 'motion_blur': 'motion blur',
         'downscaling': 'scaling down and up', 'pixelation': 'pixelation', 'gaussian_noise': 'Gaussian noise',
         'shot_noise': 'shot noise', 'impulse_noise': 'impulse noise', 'jpeg': 'JPEG coding', 'banding': 'banding',
         'low_light': 'low light', 'overexposure': 'overexposure', 'low_contrast': 'low contrast'}

TRAINED_ON = {
    'quality': 'About 930 photographs (BSDS500 and one per class of ImageNet), degraded in 13 ways at known '
               'strength; the target is a full-reference measure (multi-scale SSIM, chroma and detail).',
    'sharpness': 'The same photographs and degradations; the target is the square root of the fine detail that is '
                 'left of the original. Noise, exposure and banding should not count.',
}
DIRECTION = {'quality': 'higher is better', 'sharpness': 'higher is sharper', 'valence': 'higher is more pleasant',
             'arousal': 'higher is more exciting'}


def interval(figure):
    """0.91 [0.89, 0.93]."""
    return f'{figure["value"]:.2f} [{figure["interval"][0]:.2f}, {figure["interval"][1]:.2f}]'


def signed(number):
    """+0.02 or -0.02."""
    return f'{number:+.2f}'


def moves_text(kinds):
    """How the mean score moves from no degradation to the strongest, per kind."""
    return '; '.join(f'{NAMES[kind]} {row["mean_scores"][0]:.2f} to {row["mean_scores"][-1]:.2f}'
                     for kind, row in kinds.items())


def neutral_text(moves):
    """How a score moves where it should not."""
    return '; '.join(f'{name} {signed(row["mean"])} (spread {row["sd"]:.2f})' for name, row in moves.items())


def technical_about(task, evidence):
    """The `about` of quality or sharpness."""
    figures = evidence[task]
    worst = min(figures['kinds'], key=lambda kind: figures['kinds'][kind]['spearman_mean'])
    strange = '; '.join(f'{name} {row["mean"]:.2f}' for name, row in figures['strange'].items())
    kinds = 'degradation' if task == 'quality' else 'blur'
    return {
        'direction': DIRECTION[task],
        'scale': 'Judged as seen when the shorter side is 320 pixels: faults finer than that are not seen.',
        'trained_on': TRAINED_ON[task],
        'held_out': f'{evidence["photographs"]} photographs kept out of every stage of training: Spearman\'s '
                    f'correlation with the strength of a {kinds}, picture by picture, '
                    f'{figures["spearman_strength"]:.2f} on average ({NAMES[worst]} is the worst with '
                    f'{figures["kinds"][worst]["spearman_mean"]:.2f}); with the measure that it learnt, over all '
                    f'degraded pictures, {interval(figures["spearman_measure"])} (95 % interval over photographs).',
        'moves': f'Mean score from undegraded to the strongest: {moves_text(figures["kinds"])}.',
        'bias': f'How the score of {evidence["checked"]} clean photographs (mean '
                f'{figures["clean"]["mean"]:.2f}) moves where it should not: {neutral_text(figures["neutral"])}.',
        'known_failures': f'Mean scores of faultless pictures of a sort that training never saw: {strange}.',
        'not_for': 'Deciding about people or their work; comparing pictures of different kinds; art in which blur, '
                   'grain or darkness is meant.',
    }


def trait_about(trait, report):
    """The `about` of valence or arousal."""
    pictures, adapter, ridge = report['pictures'], report['adapter'], report['histogram_ridge']
    gain = report['gain_interval']
    within = ', '.join(f'{name.lower()} {row["spearman"]:.2f} ({row["photographs"]})'
                       for name, row in report['categories'].items())
    clear = 'which is above chance' if gain[0] > 0 else 'so it is not certain that the adapter is better'
    return {
        'direction': DIRECTION[trait],
        'trained_on': f'{pictures["train"]} photographs of the Open Affective Standardized Image Set (Kurdi, Lozano '
                      'and Banaji, 2017), each rated by about 100 people from 1 to 7.',
        'held_out': f'{pictures["test"]} photographs: Spearman {interval(adapter["spearman"])}, Pearson '
                    f'{interval(adapter["pearson"])} (95 % intervals). Ridge regression on a colour histogram: '
                    f'Spearman {interval(ridge["spearman"])}. The difference is between {gain[0]:+.2f} and '
                    f'{gain[1]:+.2f}, {clear}.',
        'bias': 'A tower that was trained on a thousand photographs knows colours, layout and texture, hardly any '
                'objects or faces: it follows what such pictures usually look like. The raters were mostly from '
                f'the United States. How the score (spread over photographs {report["spread"]:.2f}) moves where it '
                f'should not: {neutral_text(report["neutral"])}.',
        'known_failures': f'Spearman within what is shown: {within}. Portraits and gestures, drawings, screenshots, '
                          'text, and whatever a picture means rather than shows.',
        'not_for': 'Judging how a person feels; moderation; any decision about people.',
    }
