// A policy that changes under a running process: taken whole when it is good and lies still, and never by half a file.

import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readPolicyFiles } from '../../src/apply/load-files.ts';
import {
  keepPolicy,
  type PolicyEvent,
  type PolicyKeeper,
  watchPolicy,
} from '../../src/apply/watch-policy.ts';
import { sha256Hex } from '../../src/std/sha256.ts';
import { directory } from './harness.ts';

const MODEL = readFileSync('policies/model.conf', 'utf8');
const ALLOW = 'p, allow, user:nina, *, **, *, *, ""\n';
const DENY = 'p, deny, role:everyone, *, domain, *, *, ""\n';
const SEALED = `# begin policy\n${ALLOW}${DENY}# end policy\n`;
const QUIET = 100;

function folder(rules = ALLOW): string {
  return directory({ 'model.conf': MODEL, 'policy.csv': rules });
}

/** What an event says, with the codes of its diagnostics. */
function text(event: PolicyEvent | null): string | null {
  if (event === null) return null;
  const codes = event.type === 'restored' ? [] : event.diagnostics.map(({ code }) => code);
  return [event.type, ...codes].join(' ');
}

/** A keeper whose clock stands still between two looks, unless it is told how long it waits. */
function opened(root: string): {
  readonly keeper: PolicyKeeper;
  /** `ms` later: what a look says. */
  readonly after: (ms: number) => string | null;
  readonly rules: () => number;
} {
  const { value: keeper } = keepPolicy(root, QUIET);
  if (keeper === null) throw new Error('no policy to begin with');
  let now = 0;
  const after = (ms: number): string | null => {
    now += ms;
    return text(keeper.look(now).event);
  };
  after(0);
  after(QUIET);
  return { keeper, after, rules: () => keeper.current().rules.length };
}

/** Looks until what lies there has been judged. */
function settle({ after }: { readonly after: (ms: number) => string | null }): string | null {
  return after(1) ?? after(QUIET);
}

describe('a policy that changes', () => {
  test.each<readonly [string, (root: string) => void]>([
    ['is written in place', (root) => writeFileSync(path.join(root, 'policy.csv'), ALLOW + DENY)],
    [
      'is renamed over',
      (root) => {
        writeFileSync(path.join(root, 'new'), ALLOW + DENY);
        renameSync(path.join(root, 'new'), path.join(root, 'policy.csv'));
      },
    ],
    [
      'is removed and made again',
      (root) => {
        rmSync(path.join(root, 'policy.csv'));
        writeFileSync(path.join(root, 'policy.csv'), ALLOW + DENY);
      },
    ],
    [
      'changes in both files',
      (root) => {
        writeFileSync(path.join(root, 'model.conf'), `# our model\n${MODEL}`);
        writeFileSync(path.join(root, 'policy.csv'), ALLOW + DENY);
      },
    ],
    [
      'is another folder behind a link',
      (root) => {
        const other = directory({ 'policy.csv': ALLOW + DENY });
        rmSync(path.join(root, 'policy.csv'));
        symlinkSync(path.join(other, 'policy.csv'), path.join(root, 'policy.csv'));
      },
    ],
  ])('%s', (_, change) => {
    const root = folder();
    const watched = opened(root);
    const before = watched.keeper.current();
    change(root);
    // seen, and not believed before it has lain still
    expect(watched.after(1)).toBeNull();
    expect(watched.after(QUIET - 1)).toBeNull();
    expect(watched.keeper.current()).toBe(before);
    expect(watched.after(1)).toBe('replaced');
    expect(watched.rules()).toBe(2);
    expect(before.rules).toHaveLength(1);
    expect(watched.after(QUIET)).toBeNull();
  });

  test('is waited for as long as it is being written', () => {
    const root = folder();
    const watched = opened(root);
    for (let n = 1; n < 20; n++) {
      writeFileSync(path.join(root, 'policy.csv'), ALLOW + '# and on\n'.repeat(n));
      expect(watched.after(QUIET - 1)).toBeNull();
    }
    writeFileSync(path.join(root, 'policy.csv'), ALLOW + DENY);
    expect(settle(watched)).toBe('replaced');
  });

  test('is touched, or written again as it was: nothing happens', () => {
    const root = folder();
    const watched = opened(root);
    const before = watched.keeper.current();
    writeFileSync(path.join(root, 'policy.csv'), ALLOW);
    expect(settle(watched)).toBeNull();
    expect(watched.keeper.current()).toBe(before);
  });
});

describe('a fault', () => {
  test.each<readonly [string, (root: string) => void, string]>([
    ['in the rules', (root) => writeFileSync(path.join(root, 'policy.csv'), `${ALLOW}p, alow\n`), 'SL603'],
    [
      'in the model',
      (root) =>
        writeFileSync(path.join(root, 'model.conf'), MODEL.replace('p.eft == allow', 'p.eft == deny')),
      'SL601',
    ],
    ['no rules', (root) => rmSync(path.join(root, 'policy.csv')), 'SL822'],
    ['no folder', (root) => rmSync(root, { recursive: true }), 'SL822'],
    [
      'bytes',
      (root) => writeFileSync(path.join(root, 'policy.csv'), Buffer.from([0xff, 0xfe, 0x41])),
      'SL806',
    ],
    [
      'a folder instead',
      (root) => {
        rmSync(path.join(root, 'policy.csv'));
        mkdirSync(path.join(root, 'policy.csv'));
      },
      'SL805',
    ],
  ])('%s: the last good policy stays, which is said once', (_, breakIt, code) => {
    const root = folder();
    const watched = opened(root);
    const good = watched.keeper.current();
    breakIt(root);
    expect(settle(watched)).toBe(`kept SL845 ${code}`);
    expect(watched.keeper.current()).toBe(good);
    for (let n = 0; n < 5; n++) expect(watched.after(QUIET)).toBeNull();
    // as it was
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root);
    writeFileSync(path.join(root, 'model.conf'), MODEL);
    writeFileSync(path.join(root, 'policy.csv'), ALLOW);
    expect(settle(watched)).toBe('restored');
    expect(watched.keeper.current()).toBe(good);
  });

  test('another fault is another thing to say, and a good policy ends it', () => {
    const root = folder();
    const watched = opened(root);
    writeFileSync(path.join(root, 'policy.csv'), 'p\n');
    expect(settle(watched)).toBe('kept SL845 SL603');
    writeFileSync(path.join(root, 'policy.csv'), 'x\n');
    expect(settle(watched)).toBe('kept SL845 SL602');
    writeFileSync(path.join(root, 'policy.csv'), ALLOW + DENY);
    expect(settle(watched)).toBe('replaced');
  });

  test('at the beginning is no policy at all', () => {
    const { value, diagnostics } = keepPolicy(folder('p\n'), QUIET);
    expect(value).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(['SL603']);
  });
});

describe('a torn write', () => {
  test('of a file that says where it ends is never taken, however long it lies still', () => {
    const root = folder(SEALED);
    const watched = opened(root);
    const good = watched.keeper.current();
    const longer = SEALED.replace(DENY, `p, allow, user:bob, *, **, *, *, ""\n${DENY}`);
    const taken: number[] = [];
    for (let length = 0; length < longer.length - 1; length++) {
      writeFileSync(path.join(root, 'policy.csv'), longer.slice(0, length));
      if (settle(watched)?.startsWith('kept') !== true || watched.keeper.current() !== good)
        taken.push(length);
    }
    expect(taken).toEqual([]);
    writeFileSync(path.join(root, 'policy.csv'), longer);
    expect(settle(watched)).toBe('replaced');
    expect(watched.rules()).toBe(3);
  });

  test('the new beginning before the old end is found by the hash', () => {
    const hashed = (rules: string): string => {
      const body = `# begin policy\n${rules}`;
      return `${body}# end policy sha256 ${sha256Hex(body)}\n`;
    };
    const old = hashed(ALLOW + DENY);
    const next = hashed(ALLOW.replace('nina', 'olga') + DENY);
    expect(next).toHaveLength(old.length);
    const root = folder(old);
    const watched = opened(root);
    for (const at of [20, 40, 60, 80, next.length - 3]) {
      const mix = next.slice(0, at) + old.slice(at);
      if (mix === old || mix === next) continue;
      writeFileSync(path.join(root, 'policy.csv'), mix);
      expect(settle(watched)).toBe('kept SL845 SL843');
    }
    writeFileSync(path.join(root, 'policy.csv'), next);
    expect(settle(watched)).toBe('replaced');
  });

  test('what said so once has to say so again', () => {
    const root = folder(SEALED);
    const watched = opened(root);
    writeFileSync(path.join(root, 'policy.csv'), ALLOW);
    expect(settle(watched)).toBe('kept SL845 SL842');
    writeFileSync(path.join(root, 'policy.csv'), SEALED);
    expect(settle(watched)).toBe('restored');
  });
});

describe('every command that reads a policy', () => {
  const code = (rules: string): string | null => {
    const files = readPolicyFiles(folder(rules));
    return files.ok ? null : files.error.code;
  };
  test.each<readonly [string, string, string | null]>([
    ['neither', ALLOW, null],
    ['empty', '', null],
    ['both', SEALED, null],
    ['both, with blank lines and CRLF', `\ufeff\n${SEALED.replaceAll('\n', '\r\n')}\r\n\r\n`, null],
    ['no end', `# begin policy\n${ALLOW}`, 'SL842'],
    ['something behind the end', SEALED + ALLOW, 'SL842'],
    ['no beginning', `${ALLOW}# end policy\n`, 'SL842'],
    ['the beginning alone', '# begin policy', 'SL842'],
    ['half the end', SEALED.slice(0, -3), 'SL842'],
    ['the right hash', `# begin policy\n# end policy sha256 ${sha256Hex('# begin policy\n')}\n`, null],
    [
      'a wrong hash',
      `# begin policy\n${ALLOW}# end policy sha256 ${sha256Hex('# begin policy\n')}\n`,
      'SL843',
    ],
    ['half a hash', '# begin policy\n# end policy sha256 0123\n', 'SL842'],
  ])('%s', (_, rules, wanted) => {
    expect(code(rules)).toBe(wanted);
  });

  test('the shipped example can say so, too', () => {
    expect(code(`# begin policy\n${readFileSync('policies/policy.csv', 'utf8')}# end policy\n`)).toBeNull();
  });
});

describe('with a timer', () => {
  /** Waits for what has to come; the time limit of the test is the only one. */
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  test('tells by itself what happened', async () => {
    const root = folder();
    const events: (string | null)[] = [];
    const { value: watched } = watchPolicy(root, (event) => events.push(text(event)), {
      interval: 5,
      quiet: 20,
    });
    if (watched === null) throw new Error('no policy');
    onTestFinished(watched.close);
    writeFileSync(path.join(root, 'policy.csv'), ALLOW + DENY);
    await until(() => events.length === 1);
    writeFileSync(path.join(root, 'policy.csv'), 'p\n');
    await until(() => events.length === 2);
    copyFileSync('policies/policy.csv', path.join(root, 'policy.csv'));
    await until(() => events.length === 3);
    expect(events).toEqual(['replaced', 'kept SL845 SL603', 'replaced']);
    expect(watched.current().rules.length).toBeGreaterThan(10);
  });

  test('looks when it is asked, and waits for what is being written', async () => {
    const root = folder();
    const events: (string | null)[] = [];
    const { value: watched } = watchPolicy(root, (event) => events.push(text(event)), {
      interval: 1e9,
      quiet: 20,
    });
    if (watched === null) throw new Error('no policy');
    onTestFinished(watched.close);
    writeFileSync(path.join(root, 'policy.csv'), ALLOW + DENY);
    expect((await watched.latest()).rules).toHaveLength(2);
    rmSync(path.join(root, 'policy.csv'));
    expect((await watched.latest()).rules).toHaveLength(2);
    expect(events).toEqual(['replaced', 'kept SL845 SL822']);
  });
});
