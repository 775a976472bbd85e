/** Gives the user a file. @param {string | Blob | Uint8Array<ArrayBuffer>} contents @param {string} name @param {string} type */
export function download(contents, name, type) {
  const address = URL.createObjectURL(new Blob([contents], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000); // the browser reads it after the click
}
