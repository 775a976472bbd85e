"""What a task's card says, in English and Japanese: sentences whose figures about.py takes from a run's files."""

NAMES = {
    'gaussian_blur': {'en': 'Gaussian blur', 'ja': 'ガウスぼかし'},
    'defocus': {'en': 'defocus', 'ja': 'ピンぼけ'},
    'motion_blur': {'en': 'motion blur', 'ja': '手ぶれ'},
    'downscaling': {'en': 'scaling down and up', 'ja': '縮小と拡大'},
    'pixelation': {'en': 'pixelation', 'ja': 'モザイク化'},
    'gaussian_noise': {'en': 'Gaussian noise', 'ja': 'ガウスノイズ'},
    'shot_noise': {'en': 'shot noise', 'ja': 'ショットノイズ'},
    'impulse_noise': {'en': 'impulse noise', 'ja': 'インパルスノイズ'},
    'jpeg': {'en': 'JPEG coding', 'ja': 'JPEG 圧縮'},
    'banding': {'en': 'banding', 'ja': '階調の縞'},
    'low_light': {'en': 'low light', 'ja': '暗さ'},
    'overexposure': {'en': 'overexposure', 'ja': '露出オーバー'},
    'low_contrast': {'en': 'low contrast', 'ja': '低コントラスト'},
}

# Of what checks.py names in English; a category's English name is written small.
JAPANESE = {
    'mirrored': '左右反転', 'brightness -15 %': '明るさ −15 %', 'brightness +15 %': '明るさ +15 %',
    'hue -20 degrees': '色相 −20 度', 'hue +20 degrees': '色相 +20 度', 'grey': '白黒',
    'cropped to a square': '正方形に切り抜き', 'cropped to 16:9': '16:9 に切り抜き',
    'cropped to a portrait, 3:4': '縦長 3:4 に切り抜き', 'twice the pixels': '画素数を縦横 2 倍',
    'half the pixels': '画素数を縦横半分',
    'photographs kept back': '学習に使っていない写真', 'drawings': 'イラスト', 'screenshots': 'スクリーンショット', 'charts': 'グラフ',
    'contours of photographs': '写真の輪郭線', 'photographs as cartoons': '写真を漫画風にしたもの', 'tiny pictures, 64 pixels': '64 画素の小さな画像',
    'one plain colour': '一色だけの画像',
    'animal': '動物', 'object': '物', 'person': '人', 'scenery': '風景',
    'scenes': '場面', 'objects': '物', 'interior_design': '室内',
}

DIRECTION = {
    'quality': {'en': 'higher is better', 'ja': '高いほど良い'},
    'sharpness': {'en': 'higher is sharper', 'ja': '高いほど鮮明'},
    'valence': {'en': 'higher is more pleasant', 'ja': '高いほど快い'},
    'arousal': {'en': 'higher is more exciting', 'ja': '高いほど刺激的'},
    'beauty': {'en': 'higher is more beautiful', 'ja': '高いほど美しい'},
    'memorability': {'en': 'higher is remembered better', 'ja': '高いほど記憶に残る'},
    'complexity': {'en': 'higher is more complex', 'ja': '高いほど複雑'},
}

KINDS = {'quality': {'en': 'degradation', 'ja': '劣化'}, 'sharpness': {'en': 'blur', 'ja': 'ぼけ'}}

# How lists of figures are written: an entry, and what parts two.
MOVES = {'en': ('{name} {first:.2f} to {last:.2f}', '; '), 'ja': ('{name} {first:.2f} → {last:.2f}', '、')}
NEUTRAL = {'en': ('{name} {mean:+z.2f} (spread {sd:.2f})', '; '), 'ja': ('{name} {mean:+z.2f}（ばらつき {sd:.2f}）', '、')}
STRANGE = {'en': ('{name} {mean:.2f}', '; '), 'ja': ('{name} {mean:.2f}', '、')}
WITHIN = {'en': ('{name} {spearman:.2f} ({photographs})', ', '), 'ja': ('{name} {spearman:.2f}（{photographs} 枚）', '、')}

CLEAR = {'en': 'which is above chance', 'ja': '偶然とは言えない差です'}
UNCLEAR = {'en': 'so it is not certain that this task is better', 'ja': 'この項目のほうが良いとは言い切れません'}

TECHNICAL = {
    'scale': {
        'en': 'Judged by views that cover the picture with its shorter side at 320 pixels, and six of its detail with that side at '
              '960, where it has so many. Faults finer than that are not seen.',
        'ja': '短い辺を 320 画素にして全体を見る視野と、画素数が足りれば 960 画素にして細部を見る 6 つの視野による判断です。'
              'それより細かい欠点は見えません。'},
    'held_out': {
        'en': "{photographs} photographs kept out of every stage of training: Spearman's correlation with the strength of a "
              '{kinds}, picture by picture, {strength:.2f} on average ({worst} is the worst with {least:.2f}); with the '
              'measure that it learnt, over all degraded pictures, {measure} (95 % interval over photographs).',
        'ja': '学習のどの段階でも使わなかった写真 {photographs} 枚：{kinds}の強さとのスピアマン相関は、'
              '画像ごとの平均で {strength:.2f}（最も低いのは{worst}の {least:.2f}）。学んだ指標との相関は、劣化させた画像全体で '
              '{measure}（写真についての 95 % 区間）。'},
    'moves': {
        'en': 'Mean score from undegraded to the strongest: {moves}.',
        'ja': '劣化なしから最も強い劣化までの平均スコア：{moves}。'},
    'bias': {
        'en': 'How the score of {checked} clean photographs (mean {clean:.2f}) moves where it should not: {neutral}.',
        'ja': '劣化していない写真 {checked} 枚（平均 {clean:.2f}）のスコアが、変わるべきでない変更でどう動くか：{neutral}。'},
    'known_failures': {
        'en': 'Mean scores of faultless pictures of a sort that training never saw: {strange}.',
        'ja': '学習で見たことのない種類の、欠点のない画像の平均スコア：{strange}。'},
    'not_for': {
        'en': 'Deciding about people or their work; comparing pictures of different kinds; art in which blur, grain or '
              'darkness is meant.',
        'ja': '人やその仕事についての決定。種類の違う画像どうしの比較。ぼけ、粒子、暗さを意図した作品。'},
}

TRAINED_ON = {
    'quality': {
        'en': '932 photographs (346 of BSDS500, 586 of ImageNet), degraded in 13 ways at known '
              'strength; the target is a full-reference measure (multi-scale SSIM, chroma and detail).',
        'ja': '写真 932 枚（BSDS500 から 346 枚、ImageNet から 586 枚）を、13 種類の方法で強さを決めて劣化させたものです。'
              '目標は元の画像と比べる指標（マルチスケール SSIM、色、細部）です。'},
    'sharpness': {
        'en': 'The same photographs and degradations; the target is the square root of the fine detail that is '
              'left of the original. Noise, exposure and banding should not count.',
        'ja': '同じ写真と同じ劣化です。目標は、元の画像の細部がどれだけ残っているかの平方根です。'
              'ノイズ、露出、階調の縞は影響しないはずです。'},
}

OASIS = {
    'en': '{train} photographs of the Open Affective Standardized Image Set (Kurdi, Lozano and Banaji, 2017), each '
          'rated by about 100 people from 1 to 7. Its pictures of violence and nudity are left out.',
    'ja': 'Open Affective Standardized Image Set（Kurdi, Lozano, Banaji, 2017）の写真 {train} 枚。'
          '1 枚につき約 100 人が 1 から 7 で評価したものです。暴力と裸の画像は除いています。'}
RATED_ON = {
    'valence': OASIS,
    'arousal': OASIS,
    'beauty': {
        'en': '{train} photographs of the Open Affective Standardized Image Set (Kurdi, Lozano and Banaji, 2017), rated '
              'from 1 to 7 for the beauty that people felt (Brielmann and Pelli, 2019).',
        'ja': 'Open Affective Standardized Image Set（Kurdi, Lozano, Banaji, 2017）の写真 {train} 枚。'
              '感じた美しさを 1 から 7 で評価したものです（Brielmann, Pelli, 2019）。'},
    'memorability': {
        'en': '{train} natural scenes without people, animals or buildings (LNSIM: Lu, Xu, Yang and Wang, 2020): how surely '
              'people recognise a picture when it comes again.',
        'ja': '人、動物、建物のない自然の風景 {train} 枚（LNSIM：Lu, Xu, Yang, Wang, 2020）。'
              'もう一度見たときに、どれだけ確かに見覚えがあるかです。'},
    'complexity': {
        'en': '{train} photographs of scenes, objects and interiors (SAVOIAS: Saraee, Jalal and Betke, 2018), ordered by people '
              'who chose the more complex one of two. They were compared within each category alone, so each has the same '
              'mean here, and correlations are within categories.',
        'ja': '場面、物、室内の写真 {train} 枚（SAVOIAS：Saraee, Jalal, Betke, 2018）。2 枚のうち複雑なほうを選んでもらって'
              '順序をつけたものです。比較は種類ごとなので、ここではどの種類も同じ平均にそろえ、相関は種類の中で求めています。'},
}

# How a trait was fitted, by traits.py's names of the ways.
FITTED = {
    'ridge': {'en': ' A linear head on the frozen trunk.', 'ja': '学習済みの本体は固定し、線形の判定部だけを合わせました。'},
    'ridge with hints': {
        'en': ' A linear head on the frozen trunk; it learnt first what both networks, fitted to these ratings, tell of about '
              '{unrated:,} photographs that nobody rated.',
        'ja': '学習済みの本体は固定し、線形の判定部だけを合わせました。まず、同じ評価に合わせた 2 つのネットワークが未評価の写真約 {unrated:,} 枚に'
              '付けた値を学び、残りの差を評価から学びました。'},
    'adapter': {'en': ' An adapter on the trunk and a head of two layers.', 'ja': '学習済みの本体に付けたアダプターと、2 層の判定部です。'},
}

AMERICANS = {'en': 'The raters were mostly from the United States.', 'ja': '評価者の多くはアメリカの人です。'}
RATERS = {
    'valence': AMERICANS,
    'arousal': AMERICANS,
    'beauty': AMERICANS,
    'memorability': {'en': 'Only natural scenes were rated: of anything else the score is a guess.',
                     'ja': '評価されたのは自然の風景だけで、ほかの画像のスコアは推測にすぎません。'},
    'complexity': {'en': 'The pictures are few, and small.', 'ja': '画像は少なく、小さなものです。'},
}

FEELINGS = {'en': 'Judging how a person feels; moderation; any decision about people.',
            'ja': '人の気持ちの判断。投稿の審査。人についてのあらゆる決定。'}
NOT_FOR = {
    'valence': FEELINGS,
    'arousal': FEELINGS,
    'beauty': {'en': "Judging people's looks or the worth of a work; any decision about people.",
               'ja': '人の容姿や作品の価値の判断。人についてのあらゆる決定。'},
    'memorability': {'en': "Portraits, products, advertisements; testing a person's memory; any decision about people.",
                     'ja': '人物写真、商品、広告。人の記憶力の検査。人についてのあらゆる決定。'},
    'complexity': {'en': 'Comparing pictures of different kinds; text and drawings; any decision about people.',
                   'ja': '種類の違う画像どうしの比較。文字やイラスト。人についてのあらゆる決定。'},
}

TRAIT = {
    'held_out': {
        'en': '{test} photographs: Spearman {spearman}, Pearson {pearson} (95 % intervals). Ridge regression on a colour '
              'histogram: Spearman {ridge}. The difference is between {low:+z.2f} and {high:+z.2f}, {clear}.',
        'ja': '写真 {test} 枚：スピアマン {spearman}、ピアソン {pearson}（95 % 区間）。色のヒストグラムによるリッジ回帰のスピアマンは '
              '{ridge}。差は {low:+z.2f} から {high:+z.2f} の間で、{clear}。'},
    'bias': {
        'en': 'It learnt what things look like from two small networks that were trained on ImageNet, and shares their habits. '
              '{raters} How the score (spread over photographs '
              '{spread:.2f}) moves where it should not: {neutral}.',
        'ja': '物の見え方は、ImageNet で学習した小さなネットワーク 2 つから学び、その癖も受け継いでいます。{raters}'
              '変わるべきでない変更でスコア（写真の間のばらつき {spread:.2f}）がどう動くか：{neutral}。'},
    'known_failures': {
        'en': 'Weak on portraits and gestures, drawings, screenshots, text, and whatever a picture means rather than shows.',
        'ja': '苦手なもの：人物写真としぐさ、イラスト、スクリーンショット、文字、そして、写っているものではなく意味で伝わること。'},
}
SHOWN = {'en': 'Agreement with people by subject (rank correlation, number of photographs): {within}. ', 'ja': '写っているものごとの人との一致（順位相関と枚数）：{within}。'}
