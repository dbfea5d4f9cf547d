// What the word behind `--target` is, before anything is opened.

/** The folder that `dir:FOLDER` names; null for any other word. */
export function folderOf(word: string): string | null {
  return word.startsWith('dir:') && word.length > 4 ? word.slice(4) : null;
}
