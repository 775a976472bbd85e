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
    'drawings': '図画', 'screenshots': '画面の写し', 'tiny pictures, 64 pixels': '64 画素の小さな画像',
    'one plain colour': '一色だけの画像',
    'animal': '動物', 'object': '物', 'person': '人', 'scenery': '風景',
}

DIRECTION = {
    'quality': {'en': 'higher is better', 'ja': '高いほど良い'},
    'sharpness': {'en': 'higher is sharper', 'ja': '高いほど鮮明'},
    'valence': {'en': 'higher is more pleasant', 'ja': '高いほど快い'},
    'arousal': {'en': 'higher is more exciting', 'ja': '高いほど刺激的'},
}

KINDS = {'quality': {'en': 'degradation', 'ja': '劣化'}, 'sharpness': {'en': 'blur', 'ja': 'ぼけ'}}

# How lists of figures are written: an entry, and what parts two.
MOVES = {'en': ('{name} {first:.2f} to {last:.2f}', '; '), 'ja': ('{name} {first:.2f} → {last:.2f}', '、')}
NEUTRAL = {'en': ('{name} {mean:+.2f} (spread {sd:.2f})', '; '), 'ja': ('{name} {mean:+.2f}（ばらつき {sd:.2f}）', '、')}
STRANGE = {'en': ('{name} {mean:.2f}', '; '), 'ja': ('{name} {mean:.2f}', '、')}
WITHIN = {'en': ('{name} {spearman:.2f} ({photographs})', ', '), 'ja': ('{name} {spearman:.2f}（{photographs} 枚）', '、')}

CLEAR = {'en': 'which is above chance', 'ja': '偶然とは言えない差です'}
UNCLEAR = {'en': 'so it is not certain that the adapter is better', 'ja': 'アダプターのほうが良いとは言い切れません'}

TECHNICAL = {
    'scale': {
        'en': 'Judged as seen when the shorter side is 320 pixels: faults finer than that are not seen.',
        'ja': '短い辺を 320 画素にして見たときの判断です。それより細かい欠点は見えません。'},
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
        'en': 'About 930 photographs (BSDS500 and one per class of ImageNet), degraded in 13 ways at known '
              'strength; the target is a full-reference measure (multi-scale SSIM, chroma and detail).',
        'ja': '写真約 930 枚（BSDS500 と、ImageNet の各クラスから 1 枚ずつ）を、13 種類の方法で強さを決めて劣化させたものです。'
              '目標は元の画像と比べる指標（マルチスケール SSIM、色、細部）です。'},
    'sharpness': {
        'en': 'The same photographs and degradations; the target is the square root of the fine detail that is '
              'left of the original. Noise, exposure and banding should not count.',
        'ja': '同じ写真と同じ劣化です。目標は、元の画像の細部がどれだけ残っているかの平方根です。'
              'ノイズ、露出、階調の縞は数えません。'},
}

TRAIT = {
    'trained_on': {
        'en': '{train} photographs of the Open Affective Standardized Image Set (Kurdi, Lozano and Banaji, 2017), each '
              'rated by about 100 people from 1 to 7.',
        'ja': 'Open Affective Standardized Image Set（Kurdi, Lozano, Banaji, 2017）の写真 {train} 枚。'
              '1 枚につき約 100 人が 1 から 7 で評価したものです。'},
    'held_out': {
        'en': '{test} photographs: Spearman {spearman}, Pearson {pearson} (95 % intervals). Ridge regression on a colour '
              'histogram: Spearman {ridge}. The difference is between {low:+.2f} and {high:+.2f}, {clear}.',
        'ja': '写真 {test} 枚：スピアマン {spearman}、ピアソン {pearson}（95 % 区間）。色のヒストグラムによるリッジ回帰のスピアマンは '
              '{ridge}。差は {low:+.2f} から {high:+.2f} の間で、{clear}。'},
    'bias': {
        'en': 'A tower that was trained on a thousand photographs knows colours, layout and texture, hardly any '
              'objects or faces: it follows what such pictures usually look like. The raters were mostly from '
              'the United States. How the score (spread over photographs {spread:.2f}) moves where it should not: {neutral}.',
        'ja': '千枚の写真で学習したモデルが知っているのは色、配置、質感で、物や顔はほとんど知りません。'
              'そのような画像がふだんどう見えるかに従います。評価者の多くはアメリカの人です。'
              '変わるべきでない変更でスコア（写真の間のばらつき {spread:.2f}）がどう動くか：{neutral}。'},
    'known_failures': {
        'en': 'Spearman within what is shown: {within}. Portraits and gestures, drawings, screenshots, text, and whatever '
              'a picture means rather than shows.',
        'ja': '写っているものごとのスピアマン：{within}。人物の近影としぐさ、図画、画面の写し、文字、'
              'そして、写っているものではなく意味で伝わること。'},
    'not_for': {
        'en': 'Judging how a person feels; moderation; any decision about people.',
        'ja': '人の気持ちの判断。投稿の審査。人についてのあらゆる決定。'},
}
