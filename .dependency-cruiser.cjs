// Who may import whom. The order of the rooms is the whole architecture in one line; ARCHITECTURE.md explains it.

const rooms = [
  'std',
  'source',
  'diagnostics',
  'xml',
  'network',
  'syntax',
  'patch',
  'compile',
  'diff',
  'policy',
  'plan',
  'apply',
  'repl',
  'cli',
];
const shells = ['cli', 'repl'];
const pure = rooms.slice(0, rooms.indexOf('apply'));

/** `^src/(a|b)/` */
const inside = (...names) => `^src/(${names.join('|')})/`;
/** A package by name, wherever it is installed, or a module of Node's own. */
const packaged = (...names) => `(^|node_modules/)(${names.join('|')})(/|$)`;

/** Only `names` may import `packages`. */
const only = (names, packages) => ({
  name: `only-${names.join('-and-')}-imports-${packages[0].replaceAll(/[^a-z.]/g, '')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: inside(...names) },
  to: { path: packaged(...packages), pathNot: '^src/' },
});

module.exports = {
  forbidden: [
    ...rooms.map((room, at) => ({
      name: `${room}-imports-only-rooms-before-it`,
      severity: 'error',
      from: { path: inside(room) },
      to: { path: `^src/(index\\.ts$|(${rooms.slice(at + 1).join('|') || 'nothing'})/)` },
    })),
    {
      name: 'one-command-starts-the-session',
      severity: 'error',
      from: { path: inside('cli'), pathNot: '^src/cli/commands/repl\\.ts$' },
      to: { path: inside('repl') },
    },
    {
      name: 'the-library-has-no-shell',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: inside(...shells) },
    },
    {
      name: 'pure-rooms-have-no-world',
      severity: 'error',
      from: { path: inside(...pure) },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'the-library-index-has-no-world',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    only(['xml'], ['@xmldom/xmldom', 'xpath', 'saxes']),
    only(['syntax', 'repl'], ['chevrotain', '@chevrotain/[^/]+']),
    only(['policy'], ['casbin']),
    only(['cli'], ['commander']),
    only(
      ['apply', 'repl', 'cli'],
      ['fs', 'fs/promises', 'net', 'tls', 'dgram', 'http', 'https', 'http2', 'child_process'],
    ),
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'src-imports-production-packages-only',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'src-imports-only-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { pathNot: ['^src/', 'node_modules/'], dependencyTypesNot: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
