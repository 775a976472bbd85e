/** What the element alone says, in each of the languages of ui/words.js, which says how values are put in. */

/** @type {import('../ui/words.js').Table} */
export const COMPONENT = {
  'field.invitation': ['Drop a picture here', 'ここに画像をドロップ'],
  'field.choose': ['Choose a picture', '画像を選ぶ'],
  'field.another': ['Choose another', '別の画像を選ぶ'],
  'field.cancel': ['Cancel', '中止'],
  'field.remove': ['Remove', '取り除く'],
  'field.retry': ['Try again', 'もう一度試す'],
  'field.pasted': ['Picture', '画像'],
  'field.firstOnly': ['One picture at a time: this is {name}.', '一度に採点できるのは 1 枚です。{name} を採点します。'],
  'field.missing': ['Choose a picture.', '画像を選んでください。'],
  'field.busy': ['The picture is still being scored. Wait a moment.', '画像を採点しています。しばらくお待ちください。'],
  'field.noModel': ['There is no model: the attribute src is missing.', 'モデルがありません。src 属性を指定してください。'],

  'limit.tooLow': ['{title} is {value}. At least {limit} is asked for.', '「{title}」は {value} です。{limit} 以上が必要です。'],
  'limit.tooHigh': ['{title} is {value}. At most {limit} is asked for.', '「{title}」は {value} です。{limit} 以下が必要です。'],
  'limit.atLeast': ['at least {limit}', '{limit} 以上'],
  'limit.atMost': ['at most {limit}', '{limit} 以下'],
  'limit.refusal': ['Please choose another picture.', '別の画像を選んでください。'],

  'spoken.result': ['{title} {summary}', '{title} {summary}'],
  'spoken.results': ['{first}, {then}', '{first}、{then}'],
  'spoken.end': ['{text}.', '{text}。'],
  'spoken.sentences': ['{first} {then}', '{first}{then}'],
};
