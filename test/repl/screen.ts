// A real terminal for tests: a session in tmux, keys typed into it, and what stands on its screen.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { programFile } from '../cli/program.ts';

export type Screen = {
  /** Types the text, as keys. */
  readonly type: (text: string) => void;
  /** Presses keys by tmux's names: `Enter`, `C-c`, `Up`. */
  readonly press: (...keys: readonly string[]) => void;
  /** Pastes in brackets, as terminals do. */
  readonly paste: (text: string) => void;
  /** Waits until the screen shows the text (or fits), and returns it; fails with the screen after a while. */
  readonly see: (wanted: string | RegExp) => Promise<string>;
  /** The screen, blank ends cut off. */
  readonly look: () => string;
  /** Everything since the terminal was opened, colours left out. */
  readonly all: () => string;
  readonly resize: (columns: number, rows: number) => void;
  /** The process number of the session. */
  readonly pid: () => number;
  readonly close: () => void;
};

export type Opening = {
  readonly folder: string;
  readonly words: readonly string[];
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
};

const PATIENCE = 30_000;

/** Opens a terminal of 30 rows in which `sluice` runs with the words; when it ends, the screen says `ended: STATUS`. */
export function openScreen({ folder, words, columns = 100, env = {} }: Opening): Screen {
  const home = mkdtempSync(path.join(os.tmpdir(), 'sluice-tmux-'));
  const tmux = (...rest: readonly string[]): string => {
    const ran = spawnSync('tmux', ['-f', '/dev/null', '-S', path.join(home, 'socket'), ...rest], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8' },
    });
    if (ran.status !== 0) throw new Error(`tmux ${rest[0]}: ${ran.stderr}`);
    return ran.stdout;
  };
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const own = { XDG_STATE_HOME: path.join(folder, 'state'), NO_COLOR: '1', LANG: 'C.UTF-8', ...env };
  const command = [
    `cd ${quoted(folder)}; env`,
    ...Object.entries(own).map(([name, value]) => `${name}=${quoted(value)}`),
    [process.execPath, programFile, ...words].map(quoted).join(' '),
    '; echo "ended: $?"; sleep 1000',
  ].join(' ');
  tmux('new-session', '-d', '-x', String(columns), '-y', '30', '-s', 't', command);
  tmux('set-option', '-g', 'history-limit', '5000');
  const look = (): string => tmux('capture-pane', '-p', '-t', 't').trimEnd();
  return {
    type: (text) => void tmux('send-keys', '-t', 't', '-l', '--', text),
    press: (...keys) => void tmux('send-keys', '-t', 't', ...keys),
    paste: (text) => {
      tmux('set-buffer', '--', text);
      tmux('paste-buffer', '-p', '-r', '-t', 't');
    },
    see: async (wanted) => {
      const from = Date.now();
      for (;;) {
        const screen = look();
        if (typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen)) return screen;
        if (Date.now() - from > PATIENCE)
          throw new Error(`the screen never showed ${String(wanted)}:\n${screen}`);
        await pause(50);
      }
    },
    look,
    all: () => tmux('capture-pane', '-p', '-S', '-', '-t', 't').trimEnd(),
    resize: (width, height) =>
      void tmux('resize-window', '-t', 't', '-x', String(width), '-y', String(height)),
    pid: () => {
      const shell = tmux('display-message', '-p', '-t', 't', '#{pane_pid}').trim();
      const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', shell], { encoding: 'utf8' });
      return Number(stdout.trim().split('\n')[0]);
    },
    close: () => {
      tmux('kill-server');
      rmSync(home, { recursive: true, force: true });
    },
  };
}
