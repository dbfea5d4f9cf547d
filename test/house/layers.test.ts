// A room imports only the rooms before it, and nobody else's libraries: .dependency-cruiser.cjs says which.
// The checker must have seen every file (on a compiler that it does not know it sees none, and is content), and it
// must find what is wrong: in a copy of the house, one broken import per rule is planted.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesUnder, root } from './files.ts';

type Cruise = {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
};

const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  readonly forbidden: readonly { readonly name: string; readonly from: { readonly path: string } }[];
};

function cruise(house: string): Cruise {
  const bin = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const run = spawnSync(
    process.execPath,
    [bin, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'],
    {
      cwd: house,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  if (!run.stdout.startsWith('{')) throw new Error(`dependency-cruiser printed no report: ${run.stderr}`);
  return JSON.parse(run.stdout) as Cruise;
}

function sourcesSeen(report: Cruise): readonly string[] {
  return report.modules
    .map((module) => module.source)
    .filter((source) => source.startsWith('src/'))
    .sort();
}

describe('the rooms', () => {
  let report: Cruise;
  beforeAll(() => {
    report = cruise(root);
  });

  test('import only what is before them', () => {
    expect(report.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual(
      [],
    );
  });

  test('were all seen by the checker', () => {
    expect(sourcesSeen(report)).toEqual(filesUnder('src'));
  });

  test('hold every file of src but the library itself', () => {
    const rooms = config.forbidden
      .filter((rule) => rule.name.endsWith('-imports-only-rooms-before-it'))
      .map((rule) => new RegExp(rule.from.path));
    const homeless = filesUnder('src').filter(
      (file) => file !== 'src/index.ts' && !rooms.some((room) => room.test(file)),
    );
    expect(homeless).toEqual([]);
  });
});

/** Rule → the file that breaks it, and the import that does. */
const planted: Readonly<Record<string, readonly [file: string, code: string]>> = {
  'std-imports-only-rooms-before-it': ['src/std/planted.ts', "import '../source/planted.ts';"],
  'source-imports-only-rooms-before-it': ['src/source/planted.ts', "import '../diagnostics/planted.ts';"],
  'diagnostics-imports-only-rooms-before-it': ['src/diagnostics/planted.ts', "import '../xml/planted.ts';"],
  'xml-imports-only-rooms-before-it': ['src/xml/planted.ts', "import '../network/planted.ts';"],
  'network-imports-only-rooms-before-it': ['src/network/planted.ts', "import '../syntax/planted.ts';"],
  'syntax-imports-only-rooms-before-it': ['src/syntax/planted.ts', "import '../patch/planted.ts';"],
  'patch-imports-only-rooms-before-it': ['src/patch/planted.ts', "import '../compile/planted.ts';"],
  'compile-imports-only-rooms-before-it': ['src/compile/planted.ts', "import '../diff/planted.ts';"],
  // a type counts, too
  'diff-imports-only-rooms-before-it': [
    'src/diff/planted.ts',
    "import type { Planted } from '../policy/planted.ts';\nexport type Used = Planted;",
  ],
  'policy-imports-only-rooms-before-it': [
    'src/policy/planted.ts',
    "import '../plan/planted.ts';\nexport type Planted = 1;",
  ],
  // so does an import that happens later
  'plan-imports-only-rooms-before-it': [
    'src/plan/planted.ts',
    "export const later = () => import('../apply/planted.ts');",
  ],
  'apply-imports-only-rooms-before-it': ['src/apply/planted.ts', "import '../cli/planted.ts';"],
  'repl-imports-only-rooms-before-it': ['src/repl/planted.ts', "import '../cli/planted.ts';"],
  'cli-imports-only-rooms-before-it': ['src/cli/library.ts', "import '../index.ts';"],
  'one-command-starts-the-session': ['src/cli/planted.ts', "import '../repl/planted.ts';"],
  'the-library-has-no-shell': ['src/index.ts', "import './cli/planted.ts';\nimport 'node:path';"],
  'the-library-index-has-no-world': ['src/index.ts', "import './cli/planted.ts';\nimport 'node:path';"],
  'pure-rooms-have-no-world': [
    'src/plan/world.ts',
    "import os from 'node:os';\nexport const name = os.hostname();",
  ],
  'only-xml-imports-xmldomxmldom': ['src/compile/xmldom.ts', "import '@xmldom/xmldom';"],
  'only-syntax-and-repl-imports-chevrotain': [
    'src/compile/chevrotain.ts',
    "export type { IToken } from 'chevrotain';",
  ],
  'only-policy-imports-casbin': ['src/plan/casbin.ts', "export const load = () => import('casbin');"],
  'only-cli-imports-commander': ['src/repl/commander.ts', "import 'commander';"],
  'only-apply-and-repl-and-cli-imports-fs': ['src/plan/fs.ts', "import 'node:fs/promises';"],
  'no-cycles': ['src/std/cycle.ts', "import type { B } from './cycle-back.ts';\nexport type A = B;"],
  'everything-resolves': ['src/std/nowhere.ts', "import './nothing.ts';"],
  'src-imports-production-packages-only': ['src/std/dev.ts', "import 'fast-check';"],
  'src-imports-only-src': ['src/std/outside.ts', "import '../../test/planted.ts';"],
};

describe('a planted violation', () => {
  const house = mkdtempSync(path.join(os.tmpdir(), 'sluice-layers-'));
  afterAll(() => rmSync(house, { recursive: true, force: true }));
  let report: Cruise;

  beforeAll(() => {
    for (const name of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json'])
      cpSync(path.join(root, name), path.join(house, name));
    symlinkSync(path.join(root, 'node_modules'), path.join(house, 'node_modules'));
    const files = {
      ...Object.fromEntries(Object.values(planted)),
      'src/std/cycle-back.ts': "import type { A } from './cycle.ts';\nexport type B = A;",
      'test/planted.ts': '',
    };
    for (const [file, code] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(house, file)), { recursive: true });
      writeFileSync(path.join(house, file), `${code}\n`);
    }
    report = cruise(house);
  });

  test.each(Object.entries(planted))('of %s is found', (rule, [file]) => {
    expect(
      report.summary.violations
        .filter((violation) => violation.rule.name === rule)
        .flatMap(({ from, to }) => [from, to]),
    ).toContain(file);
  });

  test('stands here for every rule', () => {
    expect(config.forbidden.map(({ name }) => name).sort()).toEqual(Object.keys(planted).sort());
  });
});
