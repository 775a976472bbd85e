/** What is said of raters and their files, in each of the languages of ui/words.js. */

/** @type {import('../ui/words.js').Table} */
export const RATERS = {
  'raters.title': ['Several raters', '複数の評価者'],
  'raters.words': ['Join other people’s labels.csv, which says who judged which picture how. A picture is known by its content, or by a name that one picture here has.', 'ほかの人の labels.csv（だれがどの画像をどう評価したか）を統合します。画像は、内容か、ここで 1 枚だけが持つ名前で見分けます。'],
  'raters.row': ['{rater}: {count} {count?judgement:judgements}', '{rater}：評価 {count} 件'],
  'raters.remove': ['Remove', '外す'],
  'raters.removeOne': ['Remove the judgements of {rater}', '{rater} の評価を外す'],
  'raters.join': ['Join a rater’s file', '評価者のファイルを統合'],
  'raters.save': ['Save labels.csv', 'labels.csv を保存'],
  'raters.joined': ['{file}: {count} {count?label:labels} joined.', '{file}：{count} 件を統合しました。'],
  'raters.unknown': ['{count} {count?line names:lines name} no picture here, or one of several with the same name: add the pictures and join the file again.', '{count} 行が指すのは、ここにない画像か、同じ名前が複数ある画像です。画像を追加して、もう一度統合してください。'],
  'raters.same': ['{file}: {count} {count?judgement was:judgements were} here already.', '{file}：{count} 件はすでにありました。'],
  'raters.claimOne': ['The judgements of {rater} are mine', '{rater} の評価は自分のもの'],
  'whose.question': ['{file} has {count} {count?judgement:judgements} under your name, or under none. {count?Is it:Are they} yours, or somebody else’s?', '{file} には、あなたと同じ名前、または名前なしの評価が {count} 件あります。あなたのものですか、別の人のものですか。'],
  'whose.differ': ['{count} {count?differs:differ} from what you said here. If {count?it is:they are} yours, what you said here counts.', 'うち {count} 件は、あなたがここで付けた評価と違います。あなたのものなら、ここで付けた評価を使います。'],
  'whose.mine': ['They are mine', '自分の評価'],
  'whose.name': ['or of somebody called', 'または別の人の名前'],
  'whose.other': ['They are theirs', 'この人の評価'],
  'whose.needsName': ['Give another name than your own.', '自分と違う名前を入れてください。'],
  'whose.taken': ['{file}: {count} {count?judgement:judgements} more {count?is:are} yours.', '{file}：評価 {count} 件をあなたの評価に加えました。'],
  'whose.stayed': ['{count} that you judged otherwise here {count?stays:stay} as you said.', 'ここで別の評価を付けた {count} 件は、そのままです。'],
  'whose.joined': ['{count} {count?judgement:judgements} of {name} joined.', '{name} の評価 {count} 件を統合しました。'],
  'raters.no-columns': ['{file} needs a first line that names the columns image and label, or better and worse.', '{file} の 1 行目に列名 image と label、または better と worse が必要です。'],
  'raters.empty-field': ['{file}: a field is empty in line {line}.', '{file}：{line} 行目に空の欄があります。'],
  'raters.not-csv': ['{file} is not CSV: a quotation mark is never closed.', '{file} は CSV ではありません。引用符が閉じていません。'],
};
