/** What both the page and the element say, in each of the languages of words.js, which says how values are put in. */

/** @type {import('./words.js').Table} */
export const SHARED = {
  'progress.starting': ['Starting the engine', 'エンジンを起動しています'],
  'progress.model': ['Fetching the model: {loaded} of {total} MB', 'モデルを取得しています：{loaded} / {total} MB'],
  'progress.reading': ['Reading the model from this device: {loaded} of {total} MB', '端末からモデルを読み込んでいます：{loaded} / {total} MB'],
  'progress.preparing': ['Preparing the model', 'モデルを準備しています'],
  'progress.task': ['Fetching “{title}”: {loaded} of {total} MB', '「{title}」を取得しています：{loaded} / {total} MB'],
  'progress.waiting': ['Waiting', '待機中'],
  'progress.decoding': ['Reading the picture', '画像を読み込んでいます'],
  'progress.computing': ['Looking: {done} of {total} views', '解析中：{done} / {total} 視野'],
  'progress.computingOne': ['Looking', '解析中'],

  'sentences.list': [', ', '、'],
  'score.ofRange': ['{value} on a scale from {low} to {high}', '{value}（{low}〜{high} の尺度）'],
  'score.beyond': ['{value}, beyond the scale from {low} to {high}', '{value}（{low}〜{high} の尺度の外）'],
  'score.between': ['{low} to {high}', '{low}〜{high}'],
  'score.likely': ['{place}; {percent} % interval {between}', '{place}、{percent} % 区間 {between}'],
  'score.betweenMeans': ['for {percent} % of {count} pictures that it had not learnt from, the truth lay in such a range', '学習に使わなかった {count} 枚のうち {percent} % で、本当の値がこの幅に入りました'],
  'score.unknown': ['how far it may be off is not known', 'どれほど外れうるかは分かっていません'],
  'score.unfamiliar': ['Unlike the photographs that this model learnt from: its scores may mean little here.', 'このモデルが学んだ写真と似ていません。ここでのスコアは、あまり意味を持たないことがあります。'],
  'score.embedding': ['{count} numbers', '{count} 個の数'],

  'time.seconds': ['{count} {count?second:seconds}', '{count} 秒'],
  'time.minutes': ['{count} {count?minute:minutes}', '{count} 分'],
  'time.hours': ['{count} {count?hour:hours}', '{count} 時間'],
};

/**
 * By language and code, what went wrong, for those failures that people meet; `other` is for the rest, which are the
 * developer's. English has none: the error's own sentence is English, and says more.
 * @type {Record<string, Record<string, string>>}
 */
export const FAILURES = {
  ja: {
    'unreadable-picture': '画像を読み取れませんでした。ファイルが移動または変更されていないか確認してください。',
    'unsupported-here': 'このブラウザーはこの形式を読み取れません。JPEG か PNG に変換してください。',
    'decoder-missing': 'HEIC 画像を開くには、最初に一度だけネットワークから取得する部品が必要です。接続してから、もう一度画像を追加してください。',
    'unsupported-format': 'この形式のファイルは採点できません。JPEG や PNG の画像を選んでください。',
    'corrupt-picture': '画像が壊れているか、このブラウザーでは開けません。別の画像を選んでください。',
    'picture-too-large': '画像が大きすぎます。小さくしてからもう一度お試しください。',
    network: 'モデルか指標のファイルを取得できませんでした。接続を確認して、もう一度お試しください。',
    'address-forbidden': 'このページのサーバーは、別のアドレスからの取得を許していません。モデルのフォルダーを選ぶか、モデルをこのページと同じサーバーに置いてください。',
    'not-found': 'モデルか指標のファイルが見つかりません。ページの管理者に連絡してください。',
    'weights-corrupt': 'モデルのファイルが壊れています。ページを再読み込みしてください。',
    'manifest-invalid': 'モデルの記述（JSON）に誤りがあります。Percept のモデルかどうか確認してください。（詳細：{message}）',
    'manifest-version': 'モデルの形式のバージョンが、この Percept と合いません。新しい Percept を使うか、モデルを変換し直してください。',
    'manifest-integrity': 'モデルの内容が、ページが指定したもの、または最初に読み込んだものと異なります。ページを再読み込みしてください。意図してモデルを変え、それでも続く場合は、ページの integrity を更新してください。',
    'weights-invalid': 'モデルの重みのファイル（safetensors）に誤りがあります。入手し直すか、変換し直してください。（詳細：{message}）',
    'unknown-tensor': 'モデルに、使われないテンソルがあります。変換し直してください。（詳細：{message}）',
    'wrong-shape': 'モデルのテンソルの形が合いません。変換し直してください。（詳細：{message}）',
    'missing-tensor': 'モデルに必要なテンソルがありません。変換し直してください。（詳細：{message}）',
    'not-finite': '計算できない数（無限大など）が含まれています。（詳細：{message}）',
    'out-of-memory': 'メモリーが足りません。ほかのタブを閉じてから、もう一度お試しください。',
    'no-simd': 'このブラウザーは WebAssembly SIMD に対応していません。ブラウザーを更新してください。',
    'engine-unreachable': 'エンジンの一部を取得できませんでした。接続を確認して、もう一度お試しください。続くときは、ページの管理者に連絡してください。',
    'engine-trap': 'エンジンが停止しました。もう一度お試しください。',
    'worker-died': 'エンジンが停止しました。もう一度お試しください。',
    'lesson-invalid': '評価に使えない値があります。ページを再読み込みしてください。',
    'too-few-labels': '評価が足りません。もう少し評価してください。',
    'trait-invalid': '指標のファイルではないか、壊れています。',
    'trait-other-base': '別のモデルで教えた指標です。そのモデルを読み込んでから開いてください。',
    'too-many-traits': '指標が多すぎます。使わないものを削除してください。',
    other: '問題が起きました（{code}）。{message}',
  },
};
