// Colour as data: a style has a name, and only here does a name become an escape sequence.

export type Style =
  | 'bold'
  | 'dim'
  | 'red'
  | 'green'
  | 'yellow'
  | 'blue'
  | 'cyan'
  | 'magenta'
  | 'bold-red'
  | 'bold-yellow'
  | 'bold-cyan';

/** Wraps text in a style, or leaves it as it is. Never changes what the text says. */
export type Paint = (style: Style, text: string) => string;

const SGR: Readonly<Record<Style, string>> = {
  bold: '1',
  dim: '2',
  red: '31',
  green: '32',
  yellow: '33',
  blue: '34',
  magenta: '35',
  cyan: '36',
  'bold-red': '1;31',
  'bold-yellow': '1;33',
  'bold-cyan': '1;36',
};

const plain: Paint = (_style, text) => text;
const ansi: Paint = (style, text) => (text === '' ? '' : `\u001b[${SGR[style]}m${text}\u001b[0m`);

export function painter(colour: boolean): Paint {
  return colour ? ansi : plain;
}
