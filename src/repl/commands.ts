// The commands of the session as one table: how each is written, what it does. Grammar, help and completion read it.
//
// Whatever begins with a word that is not here belongs to the update language.

/** What stands in a place of a command: what completion offers there. */
export type Kind =
  | 'topic'
  | 'network'
  | 'path'
  | 'number'
  | 'user'
  | 'subject'
  | 'file'
  | 'text'
  | 'stated'
  | 'setting';

/** A piece of a command's form, in the order in which it is written. */
export type Slot =
  /** A fixed word. */
  | { readonly type: 'word'; readonly word: string }
  /** One of several fixed words. */
  | { readonly type: 'choice'; readonly name: string; readonly words: readonly Choice[] }
  /** Something that differs each time. */
  | { readonly type: 'value'; readonly name: string; readonly kind: Kind }
  | { readonly type: 'optional'; readonly slots: readonly Slot[] }
  /** Any number of the same, separated by white space. */
  | { readonly type: 'many'; readonly name: string; readonly kind: Kind };

export type Choice = { readonly word: string; readonly about: string };

export type CommandName =
  | 'help'
  | 'use'
  | 'show'
  | 'staged'
  | 'undo'
  | 'redo'
  | 'drop'
  | 'diff'
  | 'check'
  | 'why'
  | 'can'
  | 'who-can'
  | 'whoami'
  | 'as'
  | 'commit'
  | 'discard'
  | 'log'
  | 'source'
  | 'save'
  | 'edit'
  | 'set context'
  | 'quit';

export type CommandSpec = {
  readonly name: CommandName;
  /** Other words for the same. */
  readonly aliases: readonly string[];
  readonly slots: readonly Slot[];
  readonly group: 'Look' | 'Stage' | 'Ask' | 'Write' | 'Session';
  /** One line. */
  readonly about: string;
  /** What `help NAME` adds to it. */
  readonly more: readonly string[];
  readonly examples: readonly string[];
};

const word = (text: string): Slot => ({ type: 'word', word: text });
const value = (name: string, kind: Kind): Slot => ({ type: 'value', name, kind });
const optional = (...slots: readonly Slot[]): Slot => ({ type: 'optional', slots });
const many = (name: string, kind: Kind): Slot => ({ type: 'many', name, kind });
const choice = (name: string, words: Readonly<Record<string, string>>): Slot => ({
  type: 'choice',
  name,
  words: Object.entries(words).map(([one, about]) => ({ word: one, about })),
});

const OPERATIONS: Readonly<Record<string, string>> = {
  add: 'an element that is not there, or an attribute',
  remove: 'an element or attribute that is there',
  modify: 'the value of an attribute or a text',
  move: 'an element among its like',
  impersonate: 'apply on behalf of somebody',
  start: 'start a network',
  stop: 'stop a network',
  autostart: 'have a network started with the host',
};

const SCOPES: Readonly<Record<string, string>> = {
  live: 'what runs',
  config: 'what is stored',
  'live+config': 'both',
};

export const commands: readonly CommandSpec[] = [
  {
    name: 'show',
    aliases: [],
    group: 'Look',
    slots: [
      optional(value('PATH', 'path')),
      optional(word('scope'), choice('SCOPE', { live: 'what runs', config: 'what is stored' })),
      optional(
        word('as'),
        choice('FORM', { xml: 'as libvirt writes it', script: 'as statements that make it' }),
      ),
    ],
    about: 'the network, or the elements at a path, with everything that is staged',
    more: [
      'Without a network in use, lists the networks of the target.',
      'On a daemon what is stored is shown, or what runs where the session is about that alone.',
    ],
    examples: ['show', 'show ip[10.0.0.1].dhcp', 'show bridge scope live', 'show dns as script'],
  },
  {
    name: 'staged',
    aliases: [],
    group: 'Look',
    slots: [],
    about: 'what is staged, statement by statement, with its changes and verdicts',
    more: ['The numbers are those that `drop` and `why` take.'],
    examples: ['staged'],
  },
  {
    name: 'diff',
    aliases: [],
    group: 'Look',
    slots: [
      optional(
        word('as'),
        choice('FORM', {
          changes: 'a list of changes and verdicts',
          script: 'the shortest script that makes them',
          patch: 'RFC 5261',
          virsh: 'the virsh commands that do the same',
          xml: 'the lines of the XML that change',
          json: 'for machines',
        }),
      ),
    ],
    about: 'what all that is staged comes to, compared with the target',
    more: [],
    examples: ['diff', 'diff as script', 'diff as xml'],
  },
  {
    name: 'log',
    aliases: [],
    group: 'Look',
    slots: [optional(value('COUNT', 'number'))],
    about: 'what was applied and denied on this target, newest first',
    more: [],
    examples: ['log', 'log 3'],
  },
  {
    name: 'undo',
    aliases: [],
    group: 'Stage',
    slots: [optional(value('COUNT', 'number'))],
    about: 'take back the last statement, or the last COUNT',
    more: [],
    examples: ['undo', 'undo 3'],
  },
  {
    name: 'redo',
    aliases: [],
    group: 'Stage',
    slots: [],
    about: 'stage again what was undone last',
    more: [],
    examples: ['redo'],
  },
  {
    name: 'drop',
    aliases: [],
    group: 'Stage',
    slots: [value('N', 'number')],
    about: 'take out statement N, wherever it stands, and keep the others',
    more: ['`staged` shows the numbers. Refused when a later statement needs it.'],
    examples: ['drop 2'],
  },
  {
    name: 'edit',
    aliases: [],
    group: 'Stage',
    slots: [],
    about: 'the staged script in $VISUAL or $EDITOR',
    more: [
      'What you save replaces what is staged, as one unit. A text with mistakes changes nothing, and can be edited again.',
    ],
    examples: ['edit'],
  },
  {
    name: 'source',
    aliases: [],
    group: 'Stage',
    slots: [value('FILE', 'file')],
    about: 'stage a script from a file, as one unit',
    more: ['Names of files in it start in its folder.'],
    examples: ['source hosts.sluice'],
  },
  {
    name: 'save',
    aliases: [],
    group: 'Stage',
    slots: [value('FILE', 'file')],
    about: 'write what is staged to a file, as a script that `sluice apply` accepts',
    more: ['An existing file is replaced only after you have said yes.'],
    examples: ['save tonight.sluice'],
  },
  {
    name: 'discard',
    aliases: [],
    group: 'Stage',
    slots: [],
    about: 'forget everything that is staged',
    more: ['`undo` brings nothing back after this; it asks first.'],
    examples: ['discard'],
  },
  {
    name: 'check',
    aliases: [],
    group: 'Ask',
    slots: [],
    about: 'plan everything from the beginning, on the target as it is now, and tell what is wrong',
    more: ['Runs what `commit` would run, and writes nothing.'],
    examples: ['check'],
  },
  {
    name: 'why',
    aliases: [],
    group: 'Ask',
    slots: [optional(value('N', 'number'))],
    about: 'why the policy allows or denies statement N, or the last one: the rule, and the way out',
    more: [],
    examples: ['why', 'why 2'],
  },
  {
    name: 'can',
    aliases: [],
    group: 'Ask',
    slots: [
      optional(value('WHO', 'subject')),
      choice('OPERATION', OPERATIONS),
      value('PATH', 'path'),
      many('NAME=VALUE', 'stated'),
    ],
    about: 'whether you, or somebody else, may do something',
    more: ['Asked about the network in use, with everything that is staged.'],
    examples: ['can modify bridge@stp', 'can alice add ip[10.0.0.1].dhcp.host[*] ip=10.0.0.140'],
  },
  {
    name: 'who-can',
    aliases: [],
    group: 'Ask',
    slots: [choice('OPERATION', OPERATIONS), value('PATH', 'path'), many('NAME=VALUE', 'stated')],
    about: 'everybody who may do something, and by which rule',
    more: [],
    examples: ['who-can modify domain@name'],
  },
  {
    name: 'whoami',
    aliases: [],
    group: 'Ask',
    slots: [],
    about: 'who you are to the policy, and your roles',
    more: [],
    examples: ['whoami'],
  },
  {
    name: 'as',
    aliases: [],
    group: 'Ask',
    slots: [optional(value('USER', 'user'))],
    about: 'what if USER had staged this; `as` alone ends it',
    more: ['Only a question: `commit` is refused as long as it is asked.'],
    examples: ['as alice', 'as'],
  },
  {
    name: 'commit',
    aliases: [],
    group: 'Write',
    slots: [
      optional(word('comment'), value('REASON', 'text')),
      optional(word('scope'), choice('SCOPE', SCOPES)),
    ],
    about: 'show the whole plan, ask, and write it: all of it or nothing',
    more: [
      'If the network was changed meanwhile and nothing overlaps, what is staged moves onto the new state.',
      'Otherwise both sides are shown, nothing is written, and what is staged stays.',
    ],
    examples: ['commit', 'commit comment "ticket 4711"', 'commit scope config'],
  },
  {
    name: 'use',
    aliases: [],
    group: 'Session',
    slots: [value('NET', 'network')],
    about: 'the network that statements are about from now on',
    more: ['What is staged already stays about the network that it was about.'],
    examples: ['use default'],
  },
  {
    name: 'set context',
    aliases: [],
    group: 'Session',
    slots: [many('NAME=VALUE', 'setting')],
    about:
      'what statements run under: scope=live|config|live+config, NAME=VALUE for a parameter; alone shows it',
    more: ['An empty value takes a setting back: `set context scope=`. What is staged runs again under it.'],
    examples: ['set context', 'set context scope=config', 'set context rack=7'],
  },
  {
    name: 'help',
    aliases: ['?'],
    group: 'Session',
    slots: [many('TOPIC', 'topic')],
    about: 'this list, or everything about a command, a verb, an element or a code',
    more: ['`?` in the middle of a line shows what can come next.'],
    examples: ['help', 'help commit', 'help set context', 'help add', 'help host', 'help SL430'],
  },
  {
    name: 'quit',
    aliases: ['exit'],
    group: 'Session',
    slots: [],
    about: 'leave; asks when something is staged',
    more: ['Ctrl-D on an empty line does the same.'],
    examples: ['quit'],
  },
];

/** `commit [comment REASON] [scope live|config|live+config]`. */
export function formOf({ name, slots }: CommandSpec): string {
  return [name, ...slots.map(slotText)].join(' ');
}

function slotText(slot: Slot): string {
  switch (slot.type) {
    case 'word':
      return slot.word;
    case 'choice':
      return slot.words.length > 6 ? slot.name : slot.words.map((one) => one.word).join('|');
    case 'value':
      return slot.name;
    case 'optional':
      return `[${slot.slots.map(slotText).join(' ')}]`;
    case 'many':
      return `[${slot.name} …]`;
  }
}
