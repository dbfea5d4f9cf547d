// Files that a person names, read whole and strictly, with messages that help to find the right one.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { readBeside, readPolicyFiles, readSource } from '../../src/apply/load-files.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import type { Source } from '../../src/source/source.ts';
import type { Result } from '../../src/std/result.ts';
import { directory, line } from './harness.ts';

/** The text, or the message and its help. */
function told(result: Result<Source, Diagnostic>): string {
  if (result.ok) return `${result.value.name}: ${result.value.text}`;
  return `${line(result.error)}${result.error.help === null ? '' : ` (${result.error.help})`}`;
}

describe('a file that is named', () => {
  test('is read whole, under the name that was given', () => {
    const file = path.join(directory({ 'x.sluice': '\ufeffset bridge stp=off\r\n' }), 'x.sluice');
    expect(told(readSource(file))).toBe(`${file}: \ufeffset bridge stp=off\r\n`);
  });

  test('may be empty, or large', () => {
    const root = directory({ empty: '', large: 'x'.repeat(10_000_000) });
    expect(told(readSource(path.join(root, 'empty')))).toMatch(/: $/);
    const large = readSource(path.join(root, 'large'));
    expect(large.ok && large.value.text.length).toBe(10_000_000);
  });

  test('but is missing', () => {
    const root = directory({ 'hosts.csv': '' });
    expect(told(readSource(path.join(root, 'host.csv')))).toBe(
      `error[SL822]: \`${root}/host.csv\` does not exist (did you mean \`${root}/hosts.csv\`?)`,
    );
    expect(told(readSource(path.join(root, 'policy')))).toBe(
      `error[SL822]: \`${root}/policy\` does not exist`,
    );
    expect(told(readSource(path.join(root, 'data/hosts.csv')))).toBe(
      `error[SL822]: \`${root}/data/hosts.csv\` does not exist (the folder \`${root}/data\` does not exist either)`,
    );
    expect(told(readSource(path.join(root, 'hosts.csv/x')))).toContain('error[SL822]');
  });

  test('but is a directory', () => {
    const root = directory();
    expect(told(readSource(root))).toBe(`error[SL805]: \`${root}\` is a directory (a file is expected here)`);
  });

  test.runIf(process.platform === 'linux')('but cannot be read', () => {
    // reading address 0 of our own memory: an error for every user
    expect(told(readSource('/proc/self/mem'))).toBe(
      'error[SL803]: cannot read `/proc/self/mem`: i/o error (EIO)',
    );
  });

  test('but is not UTF-8', () => {
    const file = path.join(directory({ x: Buffer.from('one\ntwo \xff three', 'latin1') }), 'x');
    const result = readSource(file);
    expect(told(result)).toContain(`error[SL806]: \`${file}\` is not UTF-8: byte 0xff at offset 8, line 2`);
    expect(!result.ok && result.error.span).toMatchObject({
      start: 8,
      end: 9,
      source: { text: 'one\ntwo \ufffd three' },
    });
  });

  test('but is far too large', () => {
    const file = path.join(directory({ x: '' }), 'x');
    truncateSync(file, 64 * 1024 * 1024 + 1);
    expect(told(readSource(file))).toMatch(
      /^error\[SL807\]: .* has 67108865 bytes or more, and 67108864 are read at most/,
    );
  });

  test.runIf(process.platform === 'linux')('may be a pipe, as `<(…)` of a shell is', () => {
    const pipe = path.join(directory(), 'pipe');
    spawnSync('mkfifo', [pipe]);
    const child = spawn('sh', [
      '-c',
      `sleep 0.1; printf 'set bridge ' > ${pipe}.half; (cat ${pipe}.half; sleep 0.1; printf stp=off) > ${pipe}`,
    ]);
    expect(told(readSource(pipe))).toBe(`${pipe}: set bridge stp=off`);
    child.kill();
  });
});

describe('a file that a script names', () => {
  const root = (): string =>
    directory({ 'a/main.sluice': '', 'a/hosts.csv': 'mac', 'b/more.sluice': 'more' });

  test('is looked for beside the script', () => {
    const from = { name: path.join(root(), 'a/main.sluice'), text: '' };
    const folder = path.dirname(from.name);
    expect(told(readBeside('hosts.csv', from))).toBe(`${folder}/hosts.csv: mac`);
    // one file has one name, so that a circle of includes is seen
    expect(told(readBeside('../a/../b/more.sluice', from))).toBe(
      `${path.dirname(folder)}/b/more.sluice: more`,
    );
    expect(told(readBeside(`${folder}/hosts.csv`, from))).toBe(`${folder}/hosts.csv: mac`);
  });

  test('but is missing', () => {
    const from = { name: path.join(root(), 'a/main.sluice'), text: '' };
    expect(told(readBeside('host.csv', from))).toMatch(
      /^error\[SL822\]: `.*\/a\/host.csv` does not exist \(did you mean `hosts.csv`\?\)$/,
    );
    expect(told(readBeside('../b/mor.sluice', from))).toMatch(/\(did you mean `..\/b\/more.sluice`\?\)$/);
  });

  test.each(['<stdin>', '<statement>'])('is looked for where Sluice runs when the script is %s', (name) => {
    expect(told(readBeside('package.json', { name, text: '' }))).toMatch(/^package.json: \{/);
  });
});

test('a policy directory has two files', () => {
  const root = directory({ 'model.conf': '[x]', 'policy.csv': 'p, allow' });
  const files = readPolicyFiles(root);
  expect(files.ok && [files.value.model, files.value.rules]).toEqual([
    { name: `${root}/model.conf`, text: '[x]' },
    { name: `${root}/policy.csv`, text: 'p, allow' },
  ]);
  rmSync(path.join(root, 'policy.csv'));
  const missing = readPolicyFiles(root);
  expect(!missing.ok && line(missing.error)).toBe(`error[SL822]: \`${root}/policy.csv\` does not exist`);
});

describe('standard input', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-stdin-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const program = path.join(folder, 'read.mjs');
  writeFileSync(
    path.join(folder, 'read.ts'),
    `import { readSource } from ${JSON.stringify(path.resolve(import.meta.dirname, '../../src/apply/load-files.ts'))};
const read = readSource('-');
process.stdout.write(JSON.stringify(read.ok ? read.value : read.error.message));`,
  );
  buildSync({
    entryPoints: [path.join(folder, 'read.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    nodePaths: [path.resolve(import.meta.dirname, '../../node_modules')],
  });

  const read = (command: string): unknown =>
    JSON.parse(spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout || '"nothing"');
  const node = `${process.execPath} ${program}`;

  test.each([
    [`printf 'a\\nb' | ${node}`, { name: '<stdin>', text: 'a\nb' }],
    [`(printf a; sleep 0.1; printf b) | ${node}`, { name: '<stdin>', text: 'ab' }],
    [`${node} < /dev/null`, { name: '<stdin>', text: '' }],
    [`printf '\\377' | ${node}`, '`<stdin>` is not UTF-8: byte 0xff at offset 0, line 1'],
    [`${node} <&-`, { name: '<stdin>', text: '' }],
    [`${node} < ${folder}`, expect.stringMatching(/directory/)],
  ])('%s', (command, result) => {
    expect(read(command)).toEqual(result);
  });
});
