// Between the terminal and node:readline: what readline does not know is taken out here. It gets everything else unchanged.
//
// A paste in brackets (xterm's mode 2004) comes out as one text, whatever it holds; a few keys are asked about before
// readline sees them. Escape sequences pass whole.

import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export type Keys = {
  /** A text that was pasted, with `\n` at the ends of its lines. */
  readonly onPaste: (text: string) => void;
  /** True when the key was meant for somebody else than readline. */
  readonly onKey: (key: string) => boolean;
  /** Before and after readline has seen something. */
  readonly before: () => void;
  readonly after: () => void;
};

const PASTE_BEGINS = '\u001b[200~';
const PASTE_ENDS = '\u001b[201~';
export const PASTE_ON = '\u001b[?2004h';
export const PASTE_OFF = '\u001b[?2004l';

/** An escape sequence (CSI, SS3, or Alt with a key), or one character. */
const KEY = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001bO.|\u001b[^[O]|[\s\S]/gu;

/** What readline reads from instead of the terminal. `feed` hands on at once, key by key, so that nothing overtakes. */
export class Keyboard extends Readable {
  readonly isTTY = true;
  private readonly decoder = new StringDecoder('utf8');
  private readonly keys: Keys;
  private pasted: string | null = null;
  private held = '';

  constructor(keys: Keys) {
    super();
    this.keys = keys;
  }

  /** Asked for by readline, which thinks that this is the terminal; the terminal itself is set by terminal.ts. */
  setRawMode(): this {
    return this;
  }

  override _read(): void {}

  feed(chunk: Buffer): void {
    this.split(this.held + this.decoder.write(chunk));
  }

  private split(text: string): void {
    this.held = '';
    let rest = text;
    while (rest !== '') {
      if (this.pasted !== null) {
        const whole = this.pasted + rest;
        const end = whole.indexOf(PASTE_ENDS);
        if (end === -1) {
          this.pasted = whole;
          return;
        }
        this.pasted = null;
        this.keys.onPaste(whole.slice(0, end).replace(/\r\n?/g, '\n'));
        rest = whole.slice(end + PASTE_ENDS.length);
        continue;
      }
      const begin = rest.indexOf(PASTE_BEGINS);
      const typed = begin === -1 ? rest : rest.slice(0, begin);
      if (begin === -1) {
        // a sequence that the terminal has sent by halves
        const half = /\u001b(\[[0-9;?]*)$/.exec(typed);
        if (half !== null && half[1] !== '') {
          this.held = half[0];
          this.pass(typed.slice(0, half.index));
          return;
        }
        this.pass(typed);
        return;
      }
      this.pass(typed);
      this.pasted = '';
      rest = rest.slice(begin + PASTE_BEGINS.length);
    }
  }

  /** One key after the other: the first may change what the next one means. */
  private pass(text: string): void {
    for (const [key] of text.matchAll(KEY)) {
      if (this.keys.onKey(key)) continue;
      this.keys.before();
      this.emit('data', Buffer.from(key));
      this.keys.after();
    }
  }
}
