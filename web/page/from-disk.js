/**
 * Opened from a disk, the page says why it cannot work there, instead of a start that never ends. A plain script: browsers run no
 * modules there, and so it holds its own sentences.
 */
if (location.protocol === 'file:') {
  const text = navigator.language.startsWith('ja')
    ? 'ブラウザーはディスク上のファイルからプログラムを読み込まないため、Percept をここから直接開くことはできません。このフォルダーをウェブサーバーに置いてそのアドレスを開くか、プロジェクトのフォルダーで make serve を実行してください。'
    : 'Percept cannot run from a file on disk, because browsers load no programs from there. Put this folder on a web server and open its address, or run make serve in the project’s folder.';
  /** @type {HTMLElement} */ (document.getElementById('loading-bar')).hidden = true;
  /** @type {HTMLElement} */ (document.getElementById('loading-text')).textContent = text;
  for (const control of document.querySelectorAll('button, input, select')) control.setAttribute('disabled', '');
}
