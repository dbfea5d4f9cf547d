// Characters that a reviewer takes for others: a Cyrillic `а` in `tenant-а`, a dash for a hyphen, quotes that word processors
// put in. What people cannot tell apart must not decide about access.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { once } from '../std/once.ts';
import { partOf, type Row } from './csv.ts';

/** Look-alikes of letters: Cyrillic, Greek, and Latin ones of other languages. */
const LETTERS = new Map(
  [
    'аa еe оo рp сc уy хx іi јj ѕs һh ԁd ԛq ԝw ѡw ɑa ɡg ıi ŀl ӏl',
    'АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS',
    'αa βB γy εe ιi κk νv οo ρp τt υu χx ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX',
  ]
    .join(' ')
    .split(' ')
    .map((pair) => [...pair] as [string, string]),
);

/** Look-alikes of what the columns are written with. */
const MARKS = new Map(
  '‐- ‑- ‒- –- —- −- ∗* ⁎* ×* ，, ։: ∶: ꞉: ⁄/ ∕/ ⧸/ ｜| ∣| ǀ| “" ”" „" «" »" ‘\' ’\' ‚\' ․. ‥. ＠@ ＃# ‹< ›> ≤<= ≥>= ≠!='
    .split(' ')
    .map((pair) => {
      const [mark = '', ...rest] = [...pair];
      return [mark, rest.join('')] as const;
    }),
);

const NOT_ASCII = /[^\0-\x7f]/;
const words = once(() => /[\p{L}\p{M}\p{N}_.-]+/gu);
const otherScript = once(
  () => /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u,
);

/** Every look-alike in the columns of a row; in values in quotes only those within a word. True when there is any. */
export function reportLookAlikes({ fields, text }: Row, diagnostics: Diagnostic[]): boolean {
  if (!NOT_ASCII.test(text)) return false;
  const before = diagnostics.length;
  for (const field of fields) {
    if (!NOT_ASCII.test(field.value)) continue;
    for (const { at, character, message, help } of [...marksIn(field.value), ...lettersIn(field.value)])
      diagnostics.push(
        error('SL617', partOf(field, at, at + character.length), `${named(character)} ${message}`, { help }),
      );
  }
  return diagnostics.length > before;
}

type Found = {
  readonly at: number;
  readonly character: string;
  readonly message: string;
  readonly help: string;
};

function named(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `\`${character}\` (U+${code})`;
}

function lookAlike(at: number, character: string, plain: string): Found {
  return {
    at,
    character,
    message: `looks like \`${plain}\` and is another character`,
    help: `write \`${plain}\``,
  };
}

/** Outside of quotes, where every mark means something. */
function marksIn(value: string): readonly Found[] {
  const found: Found[] = [];
  let quote: string | null = null;
  let at = 0;
  for (const character of value) {
    if (character === quote) quote = null;
    else if (quote === null && (character === "'" || character === '"')) quote = character;
    const plain = quote === null ? MARKS.get(character) : undefined;
    if (plain !== undefined) found.push(lookAlike(at, character, plain));
    at += character.length;
  }
  return found;
}

function lettersIn(value: string): readonly Found[] {
  const found: Found[] = [];
  for (const { 0: word, index } of value.matchAll(words())) {
    if (!NOT_ASCII.test(word)) continue;
    const latin = /[A-Za-z]/.test(word);
    let at = index;
    for (const character of word) {
      const same = compatible(character);
      const plain = same ?? (latin ? LETTERS.get(character) : undefined);
      // a word that is all of one script is what it looks like
      if (plain !== undefined) found.push(lookAlike(at, character, plain));
      else if (latin && otherScript().test(character))
        found.push({
          at,
          character,
          message: 'is of another script than the rest of its word',
          help: 'write the word in one script',
        });
      else if (/\p{M}/u.test(character) && word.normalize('NFC') !== word)
        found.push({
          at,
          character,
          message: 'stands apart from its letter',
          help: `write \`${word.normalize('NFC')}\` with letters that have their marks`,
        });
      at += character.length;
    }
  }
  return found;
}

/** `ａ`, `𝐚` and the like: the ASCII characters that Unicode calls the same. */
function compatible(character: string): string | undefined {
  const plain = character.normalize('NFKC');
  return plain !== character && !NOT_ASCII.test(plain) ? plain : undefined;
}
