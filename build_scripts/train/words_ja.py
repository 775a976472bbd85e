"""The evidence in Japanese sentences, topic by topic what words.py says in English."""

from words import interval, signed

NAMES = {'gaussian_blur': 'ガウスぼかし', 'defocus': 'ピンぼけ', 'motion_blur': '手ぶれ', 'downscaling': '縮小と拡大',
         'pixelation': 'モザイク化', 'gaussian_noise': 'ガウスノイズ', 'shot_noise': 'ショットノイズ',
         'impulse_noise': 'インパルスノイズ', 'jpeg': 'JPEG 圧縮', 'banding': '階調の縞', 'low_light': '暗さ',
         'overexposure': '露出オーバー', 'low_contrast': '低コントラスト'}

CHANGES = {'mirrored': '左右反転', 'brightness -15 %': '明るさ −15 %', 'brightness +15 %': '明るさ +15 %',
           'hue -20 degrees': '色相 −20 度', 'hue +20 degrees': '色相 +20 度', 'grey': '白黒',
           'cropped to a square': '正方形に切り抜き', 'cropped to 16:9': '16:9 に切り抜き',
           'cropped to a portrait, 3:4': '縦長 3:4 に切り抜き', 'twice the pixels': '画素数を縦横 2 倍',
           'half the pixels': '画素数を縦横半分'}

STRANGE = {'drawings': '図画', 'screenshots': '画面の写し', 'tiny pictures, 64 pixels': '64 画素の小さな画像',
           'one plain colour': '一色だけの画像'}

CATEGORIES = {'Animal': '動物', 'Object': '物', 'Person': '人', 'Scenery': '風景'}

TRAINED_ON = {
    'quality': '写真約 930 枚（BSDS500 と、ImageNet の各クラスから 1 枚ずつ）を、13 種類の方法で強さを決めて劣化させたものです。'
               '目標は元の画像と比べる指標（マルチスケール SSIM、色、細部）です。',
    'sharpness': '同じ写真と同じ劣化です。目標は、元の画像の細部がどれだけ残っているかの平方根です。'
                 'ノイズ、露出、階調の縞は数えません。',
}
DIRECTION = {'quality': '高いほど良い', 'sharpness': '高いほど鮮明', 'valence': '高いほど快い', 'arousal': '高いほど刺激的'}


def moves_text(kinds):
    """How the mean score moves from no degradation to the strongest, per kind."""
    return '、'.join(f'{NAMES[kind]} {row["mean_scores"][0]:.2f} → {row["mean_scores"][-1]:.2f}'
                    for kind, row in kinds.items())


def neutral_text(moves):
    """How a score moves where it should not."""
    return '、'.join(f'{CHANGES[name]} {signed(row["mean"])}（ばらつき {row["sd"]:.2f}）' for name, row in moves.items())


def technical_about(task, evidence):
    """The `about` of quality or sharpness."""
    figures = evidence[task]
    worst = min(figures['kinds'], key=lambda kind: figures['kinds'][kind]['spearman_mean'])
    strange = '、'.join(f'{STRANGE[name]} {row["mean"]:.2f}' for name, row in figures['strange'].items())
    kinds = '劣化' if task == 'quality' else 'ぼけ'
    return {
        'direction': DIRECTION[task],
        'scale': '短い辺を 320 画素にして見たときの判断です。それより細かい欠点は見えません。',
        'trained_on': TRAINED_ON[task],
        'held_out': f'学習のどの段階でも使わなかった写真 {evidence["photographs"]} 枚：{kinds}の強さとのスピアマン相関は、'
                    f'画像ごとの平均で {figures["spearman_strength"]:.2f}（最も低いのは{NAMES[worst]}の '
                    f'{figures["kinds"][worst]["spearman_mean"]:.2f}）。学んだ指標との相関は、劣化させた画像全体で '
                    f'{interval(figures["spearman_measure"])}（写真についての 95 % 区間）。',
        'moves': f'劣化なしから最も強い劣化までの平均スコア：{moves_text(figures["kinds"])}。',
        'bias': f'劣化していない写真 {evidence["checked"]} 枚（平均 {figures["clean"]["mean"]:.2f}）のスコアが、'
                f'変わるべきでない変更でどう動くか：{neutral_text(figures["neutral"])}。',
        'known_failures': f'学習で見たことのない種類の、欠点のない画像の平均スコア：{strange}。',
        'not_for': '人やその仕事についての決定。種類の違う画像どうしの比較。ぼけ、粒子、暗さを意図した作品。',
    }


def trait_about(trait, report):
    """The `about` of valence or arousal."""
    pictures, adapter, ridge = report['pictures'], report['adapter'], report['histogram_ridge']
    gain = report['gain_interval']
    within = '、'.join(f'{CATEGORIES[name]} {row["spearman"]:.2f}（{row["photographs"]} 枚）'
                      for name, row in report['categories'].items())
    clear = '偶然とは言えない差です' if gain[0] > 0 else 'アダプターのほうが良いとは言い切れません'
    return {
        'direction': DIRECTION[trait],
        'trained_on': f'Open Affective Standardized Image Set（Kurdi, Lozano, Banaji, 2017）の写真 {pictures["train"]} 枚。'
                      '1 枚につき約 100 人が 1 から 7 で評価したものです。',
        'held_out': f'写真 {pictures["test"]} 枚：スピアマン {interval(adapter["spearman"])}、ピアソン '
                    f'{interval(adapter["pearson"])}（95 % 区間）。色のヒストグラムによるリッジ回帰のスピアマンは '
                    f'{interval(ridge["spearman"])}。差は {gain[0]:+.2f} から {gain[1]:+.2f} の間で、{clear}。',
        'bias': '千枚の写真で学習したモデルが知っているのは色、配置、質感で、物や顔はほとんど知りません。'
                'そのような画像がふだんどう見えるかに従います。評価者の多くはアメリカの人です。'
                f'変わるべきでない変更でスコア（写真の間のばらつき {report["spread"]:.2f}）がどう動くか：'
                f'{neutral_text(report["neutral"])}。',
        'known_failures': f'写っているものごとのスピアマン：{within}。人物の近影としぐさ、図画、画面の写し、文字、'
                          'そして、写っているものではなく意味で伝わること。',
        'not_for': '人の気持ちの判断。投稿の審査。人についてのあらゆる決定。',
    }
