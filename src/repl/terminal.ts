// A session at a terminal: node:readline edits the line; blocks, pastes, questions, search and hints are added to it here.
//
// node:readline and no other editor: it is kept with Node itself, has no machine code of its own, knows Emacs' keys, wide
// characters, resizing and job control, and lets its history be managed from outside. What it lacks stands in
// keyboard.ts and here, and touches only what it documents.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { painter } from '../diagnostics/render-paint.ts';
import { shorten, visible, widthOf } from '../diagnostics/render-text.ts';
import { completed, hintText, nextText, prepareAdvice, takesQuestion } from './advise.ts';
import type { History } from './history.ts';
import { Keyboard, PASTE_OFF, PASTE_ON } from './keyboard.ts';
import { isUnfinished, piecesOf } from './pieces.ts';
import { promptText } from './prompt.ts';
import { runText } from './shell.ts';
import { bugText, type Shell } from './shell-state.ts';
import type { Answer, End, Person } from './world.ts';

export type Terminal = Person & {
  /** Reads and runs lines until somebody leaves. */
  readonly run: (shell: Shell) => Promise<End>;
  /** Something that is said between two lines, without spoiling the one that is being typed. */
  readonly interject: (text: string) => void;
  readonly close: () => void;
};

type Waiting = { readonly question: string; readonly answer: (answer: Answer) => void };

const MORE = '... ';

/** What is over sooner, in milliseconds, is not called waiting. */
const PATIENCE = 3000;

/** Opens the terminal. `dumb` terminals get no hints, no search and no brackets around pastes; `?` asks at the end of a line. */
export function openTerminal(
  input: ReadStream,
  output: WriteStream,
  history: History,
  options: { readonly dumb: boolean; readonly colour: () => boolean },
): Terminal {
  let shell: Shell | null = null;
  let block: string[] = [];
  let question: Waiting | null = null;
  let searching: { text: string; at: number; readonly before: string } | null = null;
  let busy = false;
  let away = false;
  let hinted = false;
  let dropped = false;
  let mute = false;
  let finish: ((end: End) => void) | null = null;
  let interrupt: (() => void) | null = null;
  let impatient = false;
  let over = false;
  const queue: string[] = [];

  const keyboard = new Keyboard({
    onPaste: (text) => paste(text),
    onKey: (key) => keyPressed(key),
    before: () => eraseHint(),
    after: () => drawHint(),
  });
  const feed = (chunk: Buffer): void => {
    if (!away) keyboard.feed(chunk);
  };
  input.on('data', feed);
  input.on('end', () => hangUp());
  const lines: Interface = createInterface({
    input: keyboard,
    output,
    terminal: true,
    history: [...history.entries],
    historySize: 2000,
    removeHistoryDuplicates: true,
    escapeCodeTimeout: 50,
    tabSize: 4,
  });
  // what readline remembers of single lines is put right: answers are forgotten, blocks are one entry
  let remembered: string[] = [];
  lines.on('history', (kept) => {
    remembered = kept;
    refill();
  });
  lines.on('line', (line) => entered(line));
  lines.on('SIGINT', () => interrupted());
  lines.on('SIGTSTP', () => {
    eraseHint();
    raw(false);
    process.kill(process.pid, 'SIGTSTP');
  });
  const resumed = (): void => {
    if (away) return;
    input.setRawMode(false); // the shell has set the terminal anew, which Node does not know
    raw(true);
    if (!busy || question !== null) lines.prompt(true);
    drawHint();
  };
  process.on('SIGCONT', resumed);
  // however the process ends, the terminal is left as it was found
  const farewell = (): void => raw(false);
  const ended = (_: NodeJS.Signals, number: number): never => process.exit(128 + number);
  process.once('exit', farewell);
  process.once('SIGTERM', ended);
  process.once('SIGHUP', ended);
  const resized = (): void => drawHint();
  output.on('resize', resized);
  raw(true);

  function raw(on: boolean): void {
    input.setRawMode(on);
    if (!options.dumb) output.write(on ? PASTE_ON : PASTE_OFF);
    if (on) input.resume();
  }

  function leave(end: End): void {
    over = true;
    finish?.(end);
  }

  function hangUp(): void {
    // the connection is lost: what is staged is on disk
    leave('interrupted');
  }

  // Lines.

  function prompt(): void {
    if (shell === null || busy || over) return;
    const text = promptText(shell.session, shell.network, shell.world.realSubject);
    lines.setPrompt(block.length === 0 ? fitted(text) : MORE);
    lines.prompt();
    drawHint();
    const ready = shell;
    setImmediate(() => prepareAdvice(ready));
  }

  /** On a narrow terminal the prompt has a line of its own. */
  function fitted(text: string): string {
    return widthOf(text) > Math.max(20, output.columns || 80) * 0.6 ? `${text.trimEnd()}\n> ` : text;
  }

  function entered(line: string): void {
    if (dropped) return;
    if (question !== null) {
      const { answer } = question;
      question = null;
      answer(/^\s*y(es)?\s*$/i.test(line) ? 'yes' : 'no');
      return;
    }
    if (options.dumb && shell !== null && !busy && line.endsWith('?')) {
      // no key can be taken before the line is sent, so it is the line that asks
      const typed = { block: blockText(), line: line.slice(0, -1) };
      if (typed.line.trim() !== '' && takesQuestion(typed)) {
        const at = shell;
        output.write(advised(at, () => nextText(at, typed, output.columns || 80), ''));
        prompt();
        return;
      }
    }
    queue.push(line);
    void work();
  }

  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    const patience = setTimeout(() => {
      if (question === null && interrupt === null && !away) sayWaiting();
    }, PATIENCE);
    try {
      for (let line = queue.shift(); line !== undefined; line = queue.shift()) {
        block.push(line);
        const text = block.join('\n');
        if (isUnfinished(text)) continue;
        block = [];
        if (!(await runOne(text))) return;
      }
    } finally {
      clearTimeout(patience);
      impatient = false;
      busy = false;
    }
    prompt();
  }

  /** A daemon that does not answer: nobody is left to wonder, or to wait. */
  function sayWaiting(): void {
    if (impatient || shell === null) return;
    impatient = true;
    const target = visible(shell.session.setting.target);
    output.write(`waiting for ${target}; Ctrl-C leaves, and keeps what is staged for the next session\n`);
  }

  /** False when the session is over. */
  async function runOne(text: string): Promise<boolean> {
    if (shell === null) return false;
    history.add(text);
    refill();
    const { pieces, rest } = piecesOf(text);
    for (const piece of rest.trim() === '' ? pieces : [text]) {
      const end = await guarded(shell, piece);
      if (end === 'quit') {
        leave('done');
        return false;
      }
      if (end !== 'done') break; // of what was pasted together, nothing runs behind a mistake
    }
    return true;
  }

  async function guarded(at: Shell, text: string): Promise<End | 'quit'> {
    try {
      return await runText(at, { name: '<session>', text });
    } catch (thrown) {
      output.write(bugText(at.world, thrown));
      return 'error';
    }
  }

  /** Help while typing: where it fails, it is told once and not asked again. */
  function advised<T>(at: Shell, ask: () => T, otherwise: T): T {
    if (mute) return otherwise;
    try {
      return ask();
    } catch (thrown) {
      mute = true;
      output.write(`\n${bugText(at.world, thrown)}`);
      lines.prompt(true);
      return otherwise;
    }
  }

  /** Gives readline the history as it is now, in the array that it has handed over for that. */
  function refill(): void {
    remembered.splice(0, remembered.length, ...history.entries);
  }

  function interrupted(): void {
    if (busy && question === null) {
      if (interrupt !== null) interrupt();
      else if (impatient) leave('interrupted');
      else if (!away) sayWaiting();
      return;
    }
    eraseHint();
    lines.write(null, { ctrl: true, name: 'e' });
    output.write('^C');
    const asked = question;
    question = null;
    endLine();
    if (asked !== null) {
      asked.answer('interrupted');
      return;
    }
    block = [];
    prompt();
  }

  /** Leaves what was typed on the screen, and runs nothing of it: Enter, whose line is dropped. */
  function endLine(): void {
    dropped = true;
    lines.write(null, { name: 'return' });
    dropped = false;
  }

  function setLine(text: string): void {
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    if (text !== '') keyboard.emit('keypress', text, { sequence: text });
  }

  function paste(text: string): void {
    eraseHint();
    if (question !== null) return; // what is pasted answers no question
    const clean = text.replace(/[^\P{Cc}\n\t]/gu, '');
    const cut = clean.lastIndexOf('\n');
    if (cut === -1) {
      insert(clean);
      return;
    }
    lines.write(null, { ctrl: true, name: 'e' });
    const whole = lines.line + clean.slice(0, cut);
    const rows = clean.slice(0, cut).split('\n');
    const shown =
      rows.length <= 12
        ? rows
        : [...rows.slice(0, 6), `... ${rows.length - 12} lines ...`, ...rows.slice(-6)];
    output.write(shown.map(visible).join('\n'));
    endLine();
    pasteRest = clean.slice(cut + 1);
    queue.push(whole);
    void work().then(() => {
      const rest = pasteRest;
      pasteRest = '';
      if (rest !== '') insert(rest);
    });
  }
  let pasteRest = '';

  function insert(text: string): void {
    for (const character of text.replaceAll('\t', ' '))
      keyboard.emit('keypress', character, { sequence: character });
    drawHint();
  }

  // Keys that readline does not have.

  function keyPressed(key: string): boolean {
    if (searching !== null) return searchKey(key);
    // readline would take the end of the input for the end of everything
    if (key === '\u0004' && lines.line === '') {
      endOfInput();
      return true;
    }
    if (question !== null || shell === null) return false;
    if (options.dumb) return rubbedOut(key);
    if (key === '\u0012') {
      eraseHint();
      searching = { text: '', at: -1, before: lines.line };
      drawSearch();
      return true;
    }
    if (key === '\t') {
      complete();
      return true;
    }
    if (key === '?' && lines.cursor === lines.line.length && asksForHelp()) {
      showNext();
      return true;
    }
    return false;
  }

  /** Readline does not take anything back on a dumb terminal: Backspace, and Ctrl-U for all of the line. */
  function rubbedOut(key: string): boolean {
    if (key !== '\u007f' && key !== '\b' && key !== '\u0015') return false;
    const written: { line: string; cursor: number } = lines;
    const kept = key === '\u0015' ? '' : written.line.replace(/.$/su, '');
    output.write('\b \b'.repeat(widthOf(written.line) - widthOf(kept)));
    written.line = kept;
    written.cursor = kept.length;
    return true;
  }

  function endOfInput(): void {
    if (question !== null) {
      const { answer } = question;
      question = null;
      endLine();
      answer('no');
    } else if (shell !== null) {
      if (!busy) {
        eraseHint();
        endLine();
      }
      if (block.length > 0 && !busy) {
        block = [];
        prompt();
      } else {
        queue.push('quit');
        void work();
      }
    }
  }

  function asksForHelp(): boolean {
    const { line } = lines;
    if (line.trim() === '' && block.length === 0) return false; // the command `?`
    return takesQuestion({ block: blockText(), line });
  }

  function blockText(): string {
    return block.map((line) => `${line}\n`).join('');
  }

  function above(text: string): void {
    eraseHint();
    output.write('\n');
    output.write(text);
    lines.prompt(true);
    drawHint();
  }

  function showNext(): void {
    if (shell === null) return;
    const at = shell;
    const typed = { block: blockText(), line: lines.line };
    above(advised(at, () => nextText(at, typed, output.columns || 80), ''));
  }

  function complete(): void {
    if (shell === null) return;
    const typed = { block: blockText(), line: lines.line.slice(0, lines.cursor) };
    const at = shell;
    const nothing = { erase: 0, insert: '', list: '' };
    const {
      erase,
      insert: text,
      list,
    } = advised(at, () => completed(at, typed, output.columns || 80), nothing);
    if (text !== '') {
      eraseHint();
      for (let left = erase; left > 0; left--) lines.write(null, { name: 'backspace' });
      insert(text);
    } else if (list !== '') above(list);
  }

  // Searching the history.

  function searchKey(key: string): boolean {
    const state = searching;
    if (state === null) return false;
    switch (key) {
      case '\u0012': {
        const next = history.find(state.text, state.at + 1);
        if (next !== -1) state.at = next;
        drawSearch();
        return true;
      }
      case '\u007f':
      case '\b':
        state.text = state.text.slice(0, -1);
        state.at = history.find(state.text, 0);
        drawSearch();
        return true;
      case '\u0003':
      case '\u0007':
        endSearch(state.before);
        return true;
      default: {
        if (/^[^\p{Cc}]+$/u.test(key)) {
          state.text += key;
          state.at = history.find(state.text, Math.max(0, state.at));
          drawSearch();
          return true;
        }
        endSearch(history.entries[state.at] ?? state.before);
        // Enter runs what was found; any other key edits it
        return key === '\u001b';
      }
    }
  }

  function drawSearch(): void {
    if (searching === null) return;
    const { text, at } = searching;
    const found = at === -1 ? '' : (history.entries[at] ?? '');
    const failed = at === -1 && text !== '' ? 'nothing like ' : '';
    const row = `(search ${failed}\`${visible(text)}\`) ${visible(found)}`;
    const { rows } = lines.getCursorPos();
    if (rows > 0) moveCursor(output, 0, -rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    output.write(shorten(row, Math.max(20, (output.columns || 80) - 1), '...'));
  }

  function endSearch(line: string): void {
    searching = null;
    cursorTo(output, 0);
    clearScreenDown(output);
    setLine('');
    lines.prompt();
    if (line !== '') insertWhole(line);
  }

  /** Line ends stay in the line: it is one entry of the history, and is run as one. */
  function insertWhole(line: string): void {
    keyboard.emit('keypress', line, { sequence: line });
    drawHint();
  }

  // Hints, in grey behind the line: never the only place where something is said.

  function eraseHint(): void {
    if (!hinted) return;
    hinted = false;
    clearScreenDown(output);
  }

  function drawHint(): void {
    eraseHint();
    if (options.dumb || shell === null || busy || question !== null || searching !== null) return;
    if (lines.cursor !== lines.line.length || lines.line === '') return;
    const at = shell;
    const typed = { block: blockText(), line: lines.line };
    const hint = advised(at, () => hintText(at, typed), '');
    const room = (output.columns || 80) - lines.getCursorPos().cols - 2;
    if (hint === '' || room < 8) return;
    const text = shorten(visible(hint), room, '...');
    output.write(painter(options.colour())('dim', options.colour() ? text : `  # ${text}`.slice(0, room)));
    moveCursor(output, -(options.colour() ? widthOf(text) : Math.min(room, widthOf(text) + 4)), 0);
    hinted = true;
  }

  return {
    ask: (text) =>
      new Promise((resolve) => {
        eraseHint();
        question = { question: text, answer: resolve };
        setLine('');
        lines.setPrompt(text);
        lines.prompt();
      }),
    onInterrupt: (listener) => {
      interrupt = listener;
      return () => {
        interrupt = null;
      };
    },
    edit: async (text) => {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-repl-'));
      const file = path.join(folder, 'staged.sluice');
      writeFileSync(file, text, { mode: 0o600 });
      const editor =
        [process.env['VISUAL'], process.env['EDITOR']].find((name) => name !== undefined && name !== '') ??
        'vi';
      away = true;
      raw(false);
      input.pause();
      // as git does it: the variable may hold options, so a shell reads it; the file is an argument, never part of the command
      const status = await new Promise<number | string>((resolve) => {
        const ran = spawn('/bin/sh', ['-c', `${editor} "$@"`, editor, file], { stdio: 'inherit' });
        ran.on('error', (problem) => resolve(problem.message));
        ran.on('close', (code, signal) => resolve(code ?? `was ended by ${signal}`));
      });
      away = false;
      raw(true);
      if (status !== 0) {
        rmSync(folder, { recursive: true, force: true });
        return {
          problem: `the editor \`${editor}\` ${typeof status === 'number' ? `answered ${status}` : status}`,
        };
      }
      const edited = readFileSync(file, 'utf8');
      rmSync(folder, { recursive: true, force: true });
      return { text: edited };
    },
    interject: (text) => {
      eraseHint();
      if (busy || shell === null) {
        output.write(text);
        return;
      }
      const { rows } = lines.getCursorPos();
      if (rows > 0) moveCursor(output, 0, -rows);
      cursorTo(output, 0);
      clearScreenDown(output);
      output.write(text);
      if (question === null)
        lines.setPrompt(
          block.length === 0
            ? fitted(promptText(shell.session, shell.network, shell.world.realSubject))
            : MORE,
        );
      lines.prompt(true);
      drawHint();
    },
    run: (opened) =>
      new Promise((resolve) => {
        shell = opened;
        finish = resolve;
        prompt();
      }),
    close: () => {
      eraseHint();
      process.off('SIGCONT', resumed);
      process.off('exit', farewell);
      process.off('SIGTERM', ended);
      process.off('SIGHUP', ended);
      output.off('resize', resized);
      input.off('data', feed);
      lines.close();
      raw(false);
      input.pause();
    },
  };
}
